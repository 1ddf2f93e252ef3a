// The keyboard's words. `/` stays free for search.

export type Shortcut = 'next' | 'previous' | 'close' | 'delete';

const shortcuts: Record<string, Shortcut> = {
  j: 'next',
  ArrowDown: 'next',
  k: 'previous',
  ArrowUp: 'previous',
  Escape: 'close',
  '#': 'delete',
  Delete: 'delete',
};

const takesText = 'input, textarea, select, [contenteditable]';

/** What a key press asks for; null when it is someone else's (typing, the browser's own shortcuts). */
export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.target instanceof Element && event.target.closest(takesText) !== null) return null;
  return shortcuts[event.key] ?? null;
}
