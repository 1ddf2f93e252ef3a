// What goes wrong on purpose, and the mails that failed: read anew when events tell of a change, in batches.

import { listAttempts, listRules, listScenarios, Problem, type Attempt, type Rule, type Scenario } from '../api';

const refreshDelay = 200;
const attemptLimit = 100;

export class Faults {
  rules = $state.raw<Rule[]>([]);
  scenarios = $state.raw<Scenario[]>([]);
  attempts = $state.raw<Attempt[]>([]);
  problem = $state.raw<Problem | null>(null);
  #timer: number | undefined;
  #load: AbortController | null = null;

  /** Rules that a test or a person put there; magic recipients concern nobody else. */
  get active(): Rule[] {
    return this.rules.filter((rule) => rule.source !== 'generated' && rule.status === 'active');
  }

  get shown(): Rule[] {
    return this.rules.filter((rule) => rule.source !== 'generated');
  }

  /** Something changed; what follows within a moment is read with it. */
  refreshSoon(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      void this.refresh();
    }, refreshDelay);
  }

  async refresh(): Promise<void> {
    this.#load?.abort();
    const load = (this.#load = new AbortController());
    try {
      const [rules, scenarios, attempts] = await Promise.all([
        listRules(load.signal),
        listScenarios(load.signal),
        listAttempts(attemptLimit, load.signal),
      ]);
      this.rules = rules;
      this.scenarios = scenarios;
      this.attempts = attempts;
      this.problem = null;
    } catch (error) {
      if (load.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
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

  end(): void {
    window.clearTimeout(this.#timer);
    this.#load?.abort();
  }
}
