/** A size in bytes as CGI writes it: digits only. 15 of them stay exact in a double and are more than any disk. */
const DIGITS = /^[0-9]{1,15}$/;

/**
 * The number that a parameter such as CONTENT_LENGTH has: `null` when it is absent or empty (RFC 3875 §4.1.2), `NaN` when
 * it is not 1 to 15 digits or comes twice. Servers read `3x`, `+5`, `5,5` and a second one each in their own way, and two
 * readings of one request are a smuggled request.
 */
export function lengthIn(pairs: readonly string[], name: string): number | null {
  let text: string | undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    // Most names differ in length, of the others most in their first letter. A comparison of the text is left for nearly
    // none: Node 20 takes 0.05 us for one when a text of 13 characters or more is a slice, as these are.
    const other = pairs[i];
    if (other.length !== name.length || other[0] !== name[0] || other !== name) continue;
    if (text !== undefined) return NaN;
    text = pairs[i + 1];
  }
  if (!text) return null;
  return DIGITS.test(text) ? Number(text) : NaN;
}
