const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * A header as curl takes it: `Name: value`; `Name;` with an empty value; `Name:` leaves out one that is sent by default,
 * which is `null` here. The value as the bytes of its UTF-8, one character each.
 *
 * @throws RangeError when it is none of these.
 */
export function parseHeader(text: string): readonly [name: string, value: string | null] {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const at = bytes.search(/[:;]/);
  const name = bytes.slice(0, Math.max(0, at));
  const value = bytes.slice(at + 1).trim();
  if (!TOKEN.test(name)) throw new RangeError('expected a header such as "X-Name: value"');
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) throw new RangeError(`${name} has a control character in it`);
  if (value !== '') return [name, value];
  return [name, bytes[at] === ';' ? '' : null];
}

/** `defaults`, then `given`; one that is given replaces or, as `null`, removes the default of its name. Flat. */
export function mergeHeaders(
  defaults: readonly (readonly [string, string])[],
  given: readonly (readonly [string, string | null])[],
): string[] {
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const kept = defaults.filter(([name]) => !names.has(name.toLowerCase()));
  return [...kept, ...given].flatMap(([name, value]) => (value === null ? [] : [name, value]));
}

/** The value of a header in a flat list, the first one; `null` when there is none. */
export function headerIn(headers: readonly string[], name: string): string | null {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i].toLowerCase() === name) return headers[i + 1];
  }
  return null;
}
