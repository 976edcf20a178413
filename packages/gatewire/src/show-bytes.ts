// Wire text is Latin-1, one character per byte, because the wire does not say more. People read most of it as UTF-8.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What would act on a terminal or a page instead of being seen, or not be seen at all: controls, line and paragraph
 * separators, marks that turn the direction of the text around them, and characters without width.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** The text of `bytes` as people read it: UTF-8 when that is what it is, else one character per byte. */
export function readableText(bytes: Uint8Array): string {
  return utf8OrNull(bytes) ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
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

/** Bytes of binary data that are shown. */
const HEX_BYTES = 16;

/**
 * The beginning of data that may be anything: as {@link textPreview}, else 16 bytes in hexadecimal. `size` is that of
 * the whole data; an ellipsis says that there is more.
 */
export function preview(start: Uint8Array, size: number): string {
  const text = textPreview(start, size);
  if (text !== null) return text;
  const shown = Array.from(start.subarray(0, HEX_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return shown.join(' ') + (size > HEX_BYTES ? ' …' : '');
}

/** The beginning of data that is text: UTF-8 without controls but line ends and tabs. `null` when it is not. */
export function textPreview(start: Uint8Array, size: number): string | null {
  const isCut = size > start.length;
  const text = isCut ? utf8Prefix(start) : utf8OrNull(start);
  if (text === null || /[^\P{Cc}\t\r\n]/u.test(text)) return null;
  return visible(text) + (isCut ? '…' : '');
}

/** UTF-8 that may end inside of a character: up to three bytes of it. */
function utf8Prefix(bytes: Uint8Array): string | null {
  for (let left = 0; left < 4; left++) {
    const text = utf8OrNull(bytes.subarray(0, bytes.length - left));
    if (text !== null) return text;
  }
  return null;
}

function utf8OrNull(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
