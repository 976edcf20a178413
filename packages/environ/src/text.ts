import { EnvironError } from './errors.js';

const NOT_ASCII = /[^\0-\x7f]/;
const NOT_LATIN1 = /[^\0-\xff]/;

/** First of the 128 lone surrogates that stand for bytes: U+DC80 for 0x80 (Python's PEP 383). */
const ESCAPE = 0xdc00;

/**
 * The UTF-8 text in a Latin-1 value, such as PATH_INFO of an environ. What happens to bytes that are no UTF-8 is for the
 * caller to say: `replace` makes U+FFFD of them, as ASGI servers and `TextDecoder` do; `refuse` throws; `escape` makes
 * lone surrogates of them, U+DC80 to U+DCFF, as Python's surrogateescape does: {@link latin1Text} then gives the same bytes
 * back, whatever they were.
 *
 * `variable` is what the error blames, PATH_INFO by default.
 *
 * @throws EnvironError `ENVIRON_BAD_TEXT` by `refuse`.
 * @throws RangeError when `value` has a character above U+00FF: it is no Latin-1.
 *
 * @example
 * ```ts
 * import { latin1Text, utf8Text } from '@gatewire/environ';
 *
 * console.log(utf8Text('/cafÃ©', 'refuse')); // /café
 * console.log(latin1Text('/café') === '/cafÃ©'); // true
 * console.log(latin1Text(utf8Text('/caf\xe9', 'escape')) === '/caf\xe9'); // true
 * ```
 */
export function utf8Text(
  value: string,
  malformed: 'refuse' | 'replace' | 'escape',
  variable: string = 'PATH_INFO',
): string {
  let at = value.search(NOT_ASCII);
  if (at < 0) return value;
  if (NOT_LATIN1.test(value))
    throw new RangeError('the value has a character above U+00FF, expected one per byte');
  let text = value.slice(0, at);
  while (at < value.length) {
    const bytes = sequenceBytes(value, at);
    if (bytes > 0) text += String.fromCodePoint(codePoint(value, at, bytes));
    else if (malformed === 'replace') text += '\ufffd';
    else if (malformed === 'refuse') throw badText(value, at, variable);
    else for (let i = 0; i < -bytes; i++) text += String.fromCharCode(ESCAPE + value.charCodeAt(at + i));
    at += Math.abs(bytes);
  }
  return text;
}

/**
 * A text as Latin-1, one character per byte of its UTF-8: the inverse of {@link utf8Text}. Lone surrogates U+DC80 to U+DCFF
 * become the bytes that they stand for, any other becomes U+FFFD.
 *
 * @example
 * ```ts
 * import { latin1Text } from '@gatewire/environ';
 *
 * console.log(latin1Text('é') === '\xc3\xa9'); // true
 * ```
 */
export function latin1Text(text: string): string {
  const first = text.search(NOT_ASCII);
  if (first < 0) return text;
  let value = text.slice(0, first);
  for (const character of text.slice(first)) value += encoded(character.codePointAt(0) ?? 0);
  return value;
}

function encoded(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), continuation(code));
  if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) return String.fromCharCode(code - ESCAPE);
  if (code >= 0xd800 && code <= 0xdfff) return '\xef\xbf\xbd';
  if (code < 0x10000)
    return String.fromCharCode(0xe0 | (code >> 12), continuation(code >> 6), continuation(code));
  const lead = 0xf0 | (code >> 18);
  return String.fromCharCode(lead, continuation(code >> 12), continuation(code >> 6), continuation(code));
}

function continuation(code: number): number {
  return 0x80 | (code & 0x3f);
}

/**
 * Bytes of the UTF-8 sequence at `at`. When it is malformed, less than 0: as many as no decoder needs to see again
 * (Unicode 3.9, "maximal subpart").
 */
function sequenceBytes(value: string, at: number): number {
  const lead = value.charCodeAt(at);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  // Unicode table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
  let least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  let most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i <= more; i++) {
    const byte = value.charCodeAt(at + i);
    if (!(byte >= least && byte <= most)) return -i;
    [least, most] = [0x80, 0xbf];
  }
  return more + 1;
}

function codePoint(value: string, at: number, bytes: number): number {
  const lead = value.charCodeAt(at);
  let code = bytes === 1 ? lead : lead & (0xff >> (bytes + 1));
  for (let i = 1; i < bytes; i++) code = (code << 6) | (value.charCodeAt(at + i) & 0x3f);
  return code;
}

function badText(value: string, at: number, variable: string): EnvironError {
  const byte = value.charCodeAt(at).toString(16);
  return new EnvironError('ENVIRON_BAD_TEXT', variable, `byte 0x${byte} at index ${at} is no UTF-8`);
}
