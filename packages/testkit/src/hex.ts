/**
 * Bytes as a person types them from a document: two hex digits each, blanks and line breaks anywhere, `#` or `//`
 * comments to the end of the line. A `Uint8Array` or a number (one byte) may be put in between.
 *
 * @throws SyntaxError when something else is left over.
 *
 * @example
 * ```ts no-run
 * hex`00 06 00 00   # header: modifier1 0, datasize 6, modifier2 0
 *     01 00 41      # "A"
 *     01 00 62      # "b"`
 * ```
 */
export function hex(strings: TemplateStringsArray, ...values: readonly (Uint8Array | number)[]): Uint8Array {
  let digits = '';
  strings.raw.forEach((text, i) => {
    digits += text.replace(/(#|\/\/).*/g, '').replace(/\s+/g, '');
    if (i < values.length) digits += hexOf(values[i]);
  });
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
    throw new SyntaxError(
      `not pairs of hex digits: ${/[^0-9a-f]/i.exec(digits)?.[0] ?? 'an odd number of them'}`,
    );
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * The bytes of `text`, one per character.
 *
 * @throws RangeError when a character is above U+00FF.
 */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xff) throw new RangeError(`${JSON.stringify(character)} is not one byte`);
    return code;
  });
}

function hexOf(value: Uint8Array | number): string {
  return typeof value === 'number' ? twoDigits(value) : Array.from(value, twoDigits).join('');
}

function twoDigits(byte: number): string {
  if (!Number.isInteger(byte) || byte < 0 || byte > 0xff) throw new RangeError(`${byte} is not a byte`);
  return byte.toString(16).padStart(2, '0');
}
