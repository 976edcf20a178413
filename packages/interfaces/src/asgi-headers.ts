import type { ASGIHeader } from './asgi-scopes.js';

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * ASGI headers from text: a list of pairs, or an object, whose arrays become repeated headers. Names become lower case.
 * The result is the caller's.
 *
 * @throws RangeError when a name is not a token, or a value has CR, LF, NUL or a character above U+00FF.
 *
 * @example
 * ```ts
 * import { asgiHeaders } from '@gatewire/interfaces';
 *
 * const headers = asgiHeaders({ 'Content-Type': 'text/plain', 'Set-Cookie': ['a=1', 'b=2'] });
 * console.log(headers.length); // 3
 * ```
 */
export function asgiHeaders(
  headers:
    Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string | readonly string[]>>,
): ASGIHeader[] {
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers).flatMap(spread);
  return pairs.map(([name, value]) => {
    if (!TOKEN.test(name))
      throw new RangeError(`header name ${JSON.stringify(name.slice(0, 32))} is not a token`);
    return [latin1(name.toLowerCase()), latin1(value)] as const;
  });
}

function spread([name, value]: [string, string | readonly string[]]): [string, string][] {
  return typeof value === 'string' ? [[name, value]] : value.map((one) => [name, one]);
}

function latin1(text: string): Uint8Array {
  // What a careless writer would pass on: a line of its own, or U+010A, whose low byte is LF.
  if (/[^\x01-\x09\x0b\x0c\x0e-\xff]/.test(text))
    throw new RangeError(`${JSON.stringify(text.slice(0, 32))} has CR, LF, NUL or a character above U+00FF`);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
