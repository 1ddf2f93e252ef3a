// Follows /v1/events and comes back by itself. Says when it is connected; what was missed in between is for the caller to
// fetch. A hidden tab lets go of its connection: browsers allow six to one host, and every mail may stand in a tab of its own.

import { eventsUrl, type Removed, type Summary } from '../api';

export interface EventHandlers {
  connected(): void;
  disconnected(): void;
  message(summary: Summary): void;
  removed(removed: Removed): void;
  /** A mail failed: there is another attempt. */
  attempted(): void;
  /** A session ended or the rules changed: what is shown of rules may be old. */
  rulesChanged(): void;
}

const firstDelay = 500;
const longestDelay = 10_000;

/** Starts following; returns what ends it. */
export function followEvents(handlers: EventHandlers): () => void {
  let source: EventSource | null = null;
  let retry: number | undefined;
  let delay = firstDelay;

  const close = (): void => {
    window.clearTimeout(retry);
    source?.close();
    source = null;
  };
  const open = (): void => {
    close();
    source = new EventSource(eventsUrl);
    source.addEventListener('open', () => {
      delay = firstDelay;
      handlers.connected();
    });
    source.addEventListener('error', () => {
      close();
      handlers.disconnected();
      retry = window.setTimeout(open, delay);
      delay = Math.min(delay * 2, longestDelay);
    });
    source.addEventListener('message', (event) => handlers.message(JSON.parse(event.data) as Summary));
    source.addEventListener('attempt', () => handlers.attempted());
    source.addEventListener('session', () => handlers.rulesChanged());
    source.addEventListener('rig', () => {
      handlers.rulesChanged();
      handlers.attempted(); // it may have been emptied
    });
    source.addEventListener('removed', (event) => handlers.removed(JSON.parse(event.data) as Removed));
  };
  const followVisibility = (): void => {
    if (document.hidden) {
      close();
      handlers.disconnected();
    } else {
      open();
    }
  };

  document.addEventListener('visibilitychange', followVisibility);
  followVisibility();
  return () => {
    document.removeEventListener('visibilitychange', followVisibility);
    close();
  };
}
