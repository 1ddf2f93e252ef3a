// The list of messages: a bounded window onto what mailrig holds, newest first, kept live by events.
// It starts at the newest mail. Loading older ones past the bound lets go of the newest rows, and the window is then
// `detached`: arrivals are only counted until the person goes back to the newest. Never more than `windowSize` rows.

import { deleteAllMessages, deleteMessage, listMessages, Problem, type Removed, type Summary } from '../api';
import { followEvents, type EventHandlers } from './events';

const pageSize = 100;
const windowSize = 500;
/** Arrivals are shown in batches, so that a burst of mail does not redraw the list once per mail. */
const batchDelay = 40;
const refreshDelay = 250;

export type FaultHandlers = Pick<EventHandlers, 'attempted' | 'rulesChanged'>;

type Change = { arrived: Summary } | { removed: Removed };

function newestFirst(rows: Summary[]): Summary[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...byId.values()].sort((a, b) => b.uid - a.uid);
}

export class Inbox {
  rows = $state.raw<Summary[]>([]);
  total = $state(0);
  loaded = $state(false);
  connected = $state(false);
  detached = $state(false);
  /** Arrived while detached. */
  unseen = $state(0);
  loadingOlder = $state(false);
  problem = $state.raw<Problem | null>(null);
  #cursor = $state<string | null>(null);
  #newestUid = 0;
  #changes: Change[] = [];
  #flushTimer: number | undefined;
  #refreshTimer: number | undefined;
  #load: AbortController | null = null;

  get hasOlder(): boolean {
    return this.#cursor !== null;
  }

  /** Loads the newest messages and keeps the list live; returns what ends it. */
  follow(onRemoved: (removed: Removed) => void, faults: FaultHandlers): () => void {
    void this.reload();
    const end = followEvents({
      connected: () => {
        this.connected = true;
        void this.reload();
        faults.rulesChanged();
        faults.attempted();
      },
      disconnected: () => {
        this.connected = false;
      },
      message: (summary) => {
        if (summary.fate !== 'delivered') faults.attempted();
        this.#queue({ arrived: summary });
      },
      ...faults,
      removed: (removed) => {
        onRemoved(removed);
        this.#queue({ removed });
      },
    });
    return () => {
      end();
      window.clearTimeout(this.#flushTimer);
      window.clearTimeout(this.#refreshTimer);
      this.#load?.abort();
    };
  }

  /** Shows the newest page, whatever was shown before. Changes told meanwhile wait until the answer is here. */
  async reload(): Promise<void> {
    const load = this.#beginLoad();
    try {
      const page = await listMessages({ limit: pageSize }, load.signal);
      if (load.signal.aborted) return;
      this.rows = newestFirst(page.messages);
      this.#newestUid = this.rows[0]?.uid ?? 0;
      this.#cursor = page.next_cursor;
      this.total = page.total;
      this.detached = false;
      this.unseen = 0;
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      this.#report(error, load);
    } finally {
      this.#endLoad(load);
    }
  }

  async loadOlder(): Promise<void> {
    if (this.#cursor === null || this.#load !== null) return;
    const load = this.#beginLoad();
    this.loadingOlder = true;
    try {
      const page = await listMessages({ limit: pageSize, cursor: this.#cursor }, load.signal);
      if (load.signal.aborted) return;
      const rows = newestFirst([...this.rows, ...page.messages]);
      this.detached ||= rows.length > windowSize;
      this.rows = rows.slice(-windowSize);
      this.#cursor = page.next_cursor;
      this.problem = null;
    } catch (error) {
      this.#report(error, load);
    } finally {
      this.loadingOlder = false;
      this.#endLoad(load);
    }
  }

  async remove(id: string): Promise<void> {
    await this.#carryOut(() => deleteMessage(id));
  }

  async removeAll(): Promise<void> {
    await this.#carryOut(deleteAllMessages);
  }

  /** Events tell of the deletion too; only without them is the list fetched anew. */
  async #carryOut(deletion: () => Promise<void>): Promise<void> {
    try {
      await deletion();
      this.problem = null;
    } catch (error) {
      this.#report(error, null);
    }
    if (!this.connected) await this.reload();
  }

  #queue(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length > windowSize) {
      this.#changes = [];
      this.#refreshSoon();
    } else if (this.#load === null) {
      this.#flushSoon();
    }
  }

  #flushSoon(): void {
    this.#flushTimer ??= window.setTimeout(() => {
      this.#flushTimer = undefined;
      if (this.#load === null) this.#flush();
    }, batchDelay);
  }

  #flush(): void {
    const changes = this.#changes;
    this.#changes = [];
    const arrived = new Map<string, Summary>();
    for (const change of changes) {
      if ('arrived' in change) arrived.set(change.arrived.id, change.arrived);
      else this.#forget(change.removed, arrived);
    }
    this.#add([...arrived.values()]);
  }

  #forget(removed: Removed, arrived: Map<string, Summary>): void {
    if ('all' in removed) {
      arrived.clear();
      this.rows = [];
      this.#cursor = null;
      this.total = 0;
      this.unseen = 0;
      this.detached = false;
      return;
    }
    const ids = new Set(removed.ids);
    for (const id of ids) {
      if (!arrived.delete(id)) this.total = Math.max(0, this.total - 1);
    }
    this.rows = this.rows.filter((row) => !ids.has(row.id));
    if (this.rows.length === 0 && this.total > 0) this.#refreshSoon();
  }

  #add(arrived: Summary[]): void {
    // An event may tell of a mail that the last fetched page already held.
    const fresh = arrived.filter((row) => row.uid > this.#newestUid);
    if (fresh.length === 0) return;
    this.#newestUid = fresh.reduce((uid, row) => Math.max(uid, row.uid), this.#newestUid);
    this.total += fresh.length;
    if (this.detached) {
      this.unseen += fresh.length;
      return;
    }
    const rows = newestFirst([...fresh, ...this.rows]);
    // Rows may not be cut off the old end here: there would be no cursor to continue from.
    if (rows.length > windowSize) this.#refreshSoon();
    else this.rows = rows;
  }

  #refreshSoon(): void {
    this.#refreshTimer ??= window.setTimeout(() => {
      this.#refreshTimer = undefined;
      void this.reload();
    }, refreshDelay);
  }

  #beginLoad(): AbortController {
    this.#load?.abort();
    this.#load = new AbortController();
    return this.#load;
  }

  #endLoad(load: AbortController): void {
    if (this.#load !== load) return;
    this.#load = null;
    if (this.#changes.length > 0) this.#flushSoon();
    // The answer may or may not have known of a deletion told meanwhile: only a later answer is sure to count right.
    if (this.#changes.some((change) => 'removed' in change)) this.#refreshSoon();
  }

  #report(error: unknown, load: AbortController | null): void {
    if (load?.signal.aborted) return;
    this.problem = error instanceof Problem ? error : new Problem(0, 'The page failed', String(error));
  }
}
