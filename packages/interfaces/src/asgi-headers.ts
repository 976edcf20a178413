import type { ASGIHeader } from './asgi-scopes.js';

/**
 * ASGI headers from text: a list of pairs, or an object, whose arrays become repeated headers. Names become lower case.
 * The result is the caller's.
 *
 * @throws RangeError when a name or a value has a character above U+00FF.
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
  return pairs.map(([name, value]) => [latin1(name.toLowerCase()), latin1(value)] as const);
}

function spread([name, value]: [string, string | readonly string[]]): [string, string][] {
  return typeof value === 'string' ? [[name, value]] : value.map((one) => [name, one]);
}

function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff)
      throw new RangeError(`${JSON.stringify(text.slice(0, 32))} has a character above U+00FF`);
    bytes[i] = code;
  }
  return bytes;
}
