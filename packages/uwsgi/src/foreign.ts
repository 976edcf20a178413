import { latin1 } from '@gatewire/bytes';

/** The first four bytes of what is not uwsgi but arrives on uwsgi ports, and what its sender should know. */
const FOREIGN: readonly (readonly [firstBytes: RegExp, advice: string])[] = [
  // Methods, the preface of HTTP/2, a response.
  [/GET |POST|HEAD|PUT |DELE|OPTI|PATC|CONN|TRAC|PRI |HTTP/, 'HTTP, not uwsgi: point proxy_pass elsewhere'],
  [/PROX|\r\n\r\n/, 'PROXY, not uwsgi'],
  // A record of type 22 and version 3.1 to 3.3. As a header this is modifier1 22, which no server handles.
  [/^\x16\x03[\x01-\x03]/, 'TLS, not uwsgi'],
  // Version 1, BEGIN_REQUEST, request id 1. As a header this is modifier1 1, which is reserved.
  [/\x01\x01\0\x01/, 'FastCGI, not uwsgi'],
];

/**
 * What the four bytes at `offset` begin when they are not a uwsgi header, for a message; else `undefined`.
 *
 * A packet of modifier1 71 with a datasize of 21,573 and modifier2 32 reads `GET ` too; nobody has been seen to send one.
 */
export function recogniseForeign(bytes: Uint8Array, offset: number): string | undefined {
  if (bytes[offset] === 0) return undefined; // a web request: no need to look further
  const first = latin1(bytes, offset, offset + 4);
  return FOREIGN.find(([firstBytes]) => firstBytes.test(first))?.[1];
}
