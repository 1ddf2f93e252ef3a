// What goes wrong on purpose, and the mails that failed: read anew when events tell of a change, in batches.

import { listFailedAttempts, listRules, listScenarios, Problem, type Attempt, type Rule, type Scenario } from '../api';
import type { FaultHandlers } from './inbox.svelte';

const rulesDelay = 200;
/** A search over all attempts: a server that refuses a thousand mails a second is not asked for each. */
const attemptsDelay = 500;
const attemptLimit = 100;

/** Up to which attempt this browser has cleared its list: ids grow with time. What the server keeps stays where it is. */
class Cleared {
  readonly #key = 'mailrig.failed.cleared';

  get through(): string {
    try {
      return localStorage.getItem(this.#key) ?? '';
    } catch {
      return '';
    }
  }

  set through(id: string) {
    try {
      localStorage.setItem(this.#key, id);
    } catch {
      // A browser that keeps nothing shows them again after a reload.
    }
  }
}

/** One list that is fetched; a newer fetch takes the place of an older one. */
class Fetched<Value> {
  #timer: number | undefined;
  #load: AbortController | null = null;

  constructor(
    readonly fetch: (signal: AbortSignal) => Promise<Value>,
    readonly take: (value: Value) => void,
    readonly fail: (problem: Problem | null) => void,
  ) {}

  /** What follows within a moment is read with it. */
  soon(delay: number): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      void this.now();
    }, delay);
  }

  async now(): Promise<void> {
    this.#load?.abort();
    const load = (this.#load = new AbortController());
    try {
      this.take(await this.fetch(load.signal));
      this.fail(null);
    } catch (error) {
      if (load.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.fail(error);
    }
  }

  end(): void {
    window.clearTimeout(this.#timer);
    this.#load?.abort();
  }
}

export class Faults implements FaultHandlers {
  rules = $state.raw<Rule[]>([]);
  scenarios = $state.raw<Scenario[]>([]);
  /** Mails that failed, newest first, but for those that were cleared. */
  attempts = $state.raw<Attempt[]>([]);
  problem = $state.raw<Problem | null>(null);
  readonly #cleared = new Cleared();
  readonly #rulesAndScenarios = new Fetched(
    (signal) => Promise.all([listRules(signal), listScenarios(signal)]),
    ([rules, scenarios]) => {
      this.rules = rules;
      this.scenarios = scenarios;
    },
    (problem) => (this.problem = problem),
  );
  readonly #failed = new Fetched(
    (signal) => listFailedAttempts(attemptLimit, signal),
    (attempts) => {
      const through = this.#cleared.through;
      this.attempts = attempts.filter((each) => each.id > through);
    },
    (problem) => (this.problem = problem),
  );

  /** Rules that a test or a person put there; magic recipients concern nobody else. */
  get active(): Rule[] {
    return this.rules.filter((rule) => rule.source !== 'generated' && rule.status === 'active');
  }

  get shown(): Rule[] {
    return this.rules.filter((rule) => rule.source !== 'generated');
  }

  readonly attempted = (): void => this.#failed.soon(attemptsDelay);
  readonly rulesChanged = (): void => this.#rulesAndScenarios.soon(rulesDelay);

  refresh(): Promise<void> {
    return this.#rulesAndScenarios.now();
  }

  /** Does something to the rules and shows what came of it. */
  async change(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      await this.refresh();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  /** Shows only what fails from now on. */
  clearAttempts(): void {
    const newest = this.attempts[0];
    if (newest === undefined) return;
    this.#cleared.through = newest.id;
    this.attempts = [];
  }

  end(): void {
    this.#rulesAndScenarios.end();
    this.#failed.end();
  }
}
