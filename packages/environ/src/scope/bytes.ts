/**
 * One byte per character.
 *
 * @throws RangeError when a character is above U+00FF.
 */
export function latin1Bytes(text: string): Uint8Array {
  const { length } = text;
  const bytes = new Uint8Array(length);
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    seen |= unit;
    bytes[i] = unit;
  }
  if (seen > 0xff) throw new RangeError('a text has a character above U+00FF, expected one per byte');
  return bytes;
}
