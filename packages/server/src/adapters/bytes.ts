/** Text of bytes, one character each. */
export function latin1Text({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

/** @throws RangeError when the text has a character above U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  // Buffer would keep the low byte, and U+010A would end a line.
  if (/[^\0-\xff]/.test(text))
    throw new RangeError(`${JSON.stringify(text.slice(0, 32))} has a character above U+00FF`);
  return Buffer.from(text, 'latin1');
}
