/**
 * A text as nginx reads it: in quotes where it has characters that mean something to nginx.
 *
 * @throws RangeError when it has a `$`, which nginx takes for a variable wherever it stands, or a control character.
 */
export function nginxText(text: string): string {
  if (/[$\0-\x1f\x7f]/.test(text))
    throw new RangeError(`${JSON.stringify(text)} cannot be written in an nginx configuration`);
  return /^[^\s"'\\;{}#]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Lines in a block, each of them one step further in. */
export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), '}'];
}

/** Text that an expression of PCRE is to mean as it stands. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
