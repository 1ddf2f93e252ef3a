// Where the person is, kept in the address bar: `#/` is the list, `#/messages/{id}` a mail, `#/messages/{id}/{tab}` one side
// of it, `#/attempts/{id}` a mail that failed, `#/faults` the faults. Hash routing, so that one index.html serves every mail's URL.

export const tabs = ['text', 'html', 'source', 'headers', 'attachments'] as const;
export type Tab = (typeof tabs)[number];

export interface Place {
  /** The opened message, or null for the list alone. */
  id: string | null;
  /** null: the tab that suits the message best. */
  tab: Tab | null;
}

const isTab = (word: string | undefined): word is Tab => tabs.some((tab) => tab === word);

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export const faultsUrl = '#/faults';

export function readPlace(hash: string): Place {
  const [, collection, id, tab] = hash.split('/');
  if (collection !== 'messages' || id === undefined || id === '') return { id: null, tab: null };
  return { id: decode(id), tab: isTab(tab) ? tab : null };
}

export function placeUrl(place: Place): string {
  if (place.id === null) return '#/';
  const message = `#/messages/${encodeURIComponent(place.id)}`;
  return place.tab === null ? message : `${message}/${place.tab}`;
}

export const attemptUrl = (id: string): string => `#/attempts/${encodeURIComponent(id)}`;

function readAttempt(hash: string): string | null {
  const [, collection, id] = hash.split('/');
  return collection !== 'attempts' || id === undefined || id === '' ? null : decode(id);
}

class Route {
  place = $state.raw<Place>(readPlace(location.hash));
  /** The faults are shown in the place of the mails. */
  showsFaults = $state(location.hash === faultsUrl);
  /** The opened attempt; null while none is. */
  attempt = $state<string | null>(readAttempt(location.hash));

  /** Follows the address bar (links, back, forward, a URL typed in); returns what ends it. */
  follow(): () => void {
    const read = (): void => {
      this.place = readPlace(location.hash);
      this.showsFaults = location.hash === faultsUrl;
      this.attempt = readAttempt(location.hash);
    };
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }

  open(place: Place): void {
    history.pushState(null, '', placeUrl(place));
    this.place = place;
    this.attempt = null;
  }

  /** Goes there without a new step in the browser's history. */
  replace(place: Place): void {
    history.replaceState(null, '', placeUrl(place));
    this.place = place;
  }
}

export const route = new Route();
