// Wire text is Latin-1, one character per byte, because the wire does not say more. People read most of it as UTF-8.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What would act on a terminal or a page instead of being seen: controls, line and paragraph separators, and the marks
 * that turn the direction of the text around them.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** The text of `bytes` as people read it: UTF-8 when that is what it is, else one character per byte. */
export function readableText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }
}

/** The same for a native string of an environ, U+0000 to U+00FF; a string with other characters is text already. */
export function readable(native: string): string {
  return /^[\0-\x7f]*$/.test(native) || /[^\0-\xff]/.test(native)
    ? native
    : readableText(Buffer.from(native, 'latin1'));
}

/** `text` with everything that would not be seen written as an escape: `\n`, `\x1b`, `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escapeOf);
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** `text` in at most `most` characters, the last of them an ellipsis when something was left out. */
export function elide(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join('')}…`;
}
