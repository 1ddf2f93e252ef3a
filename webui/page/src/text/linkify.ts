// Finds the web addresses in plain text, so that a confirmation link can be clicked without an HTML part.
// Answers pieces of text, never markup.

export interface Piece {
  text: string;
  /** null: plain text. */
  url: string | null;
}

const webAddress = /https?:\/\/[^\s<>"'`\u0000-\u001f]+/gi;
/** Punctuation that ends the sentence around an address rather than the address. */
const trailing = /[.,;:!?)\]}*]+$/;
const mostLinks = 500;

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let links = 0;
  for (const match of text.matchAll(webAddress)) {
    if (links === mostLinks) break;
    const url = match[0].replace(trailing, '');
    if (!URL.canParse(url)) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), url: null });
    pieces.push({ text: url, url });
    at = match.index + url.length;
    links += 1;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), url: null });
  return pieces;
}
