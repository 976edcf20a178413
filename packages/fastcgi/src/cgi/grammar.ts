/** What a text starts with that may be a field name, a token: perhaps nothing. RFC 9110 §5.6.2. */
export function leadingToken(text: string): string {
  return text.slice(0, text.search(/[^!#$%&'*+\-.^_`|~0-9A-Za-z]|$/));
}

/** RFC 9110 §5.5: visible characters, space, tab and bytes 80 to FF; no other control character, so no CR, LF or NUL. */
export function isFieldContent(byte: number): boolean {
  return byte < 0x20 ? byte === 0x09 : byte !== 0x7f;
}

/** A body size. 15 digits stay exact in a double and are more than any disk. */
export const DIGITS: RegExp = /^[0-9]{1,15}$/;

/** Start of a text from the wire, quoted, for a message. */
export function show(text: string): string {
  return JSON.stringify(text.slice(0, 32));
}
