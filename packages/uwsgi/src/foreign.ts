import { latin1 } from '@gatewire/bytes';

const HTTP = 'HTTP, not uwsgi: point proxy_pass elsewhere';

/** First four bytes of what is not uwsgi but arrives on uwsgi ports, and what its sender should know. */
const FIRST_BYTES: ReadonlyMap<string, string> = new Map([
  ['GET ', HTTP],
  ['POST', HTTP],
  ['HEAD', HTTP],
  ['PUT ', HTTP],
  ['DELE', HTTP],
  ['OPTI', HTTP],
  ['PATC', HTTP],
  ['CONN', HTTP],
  ['TRAC', HTTP],
  ['PRI ', 'HTTP/2, not uwsgi: point the client elsewhere'],
  ['HTTP', 'an HTTP response, not a uwsgi packet'],
  ['PROX', 'a PROXY protocol header, not uwsgi: switch it off for this address'],
  ['\r\n\r\n', 'a PROXY protocol header, not uwsgi: switch it off for this address'],
  ['\x01\x01\x00\x01', 'FastCGI, not uwsgi: point fastcgi_pass elsewhere'],
]);

const TLS = 'TLS, not uwsgi: nothing is encrypted here';

/**
 * What the four bytes at `offset` begin when they are not a uwsgi header, for a message; or `null`.
 *
 * A packet of modifier1 71 with a datasize of 21,573 and modifier2 32 reads `GET ` too; nobody has been seen to send one.
 */
export function recogniseForeign(bytes: Uint8Array, offset: number): string | null {
  // A TLS record: type 22, version 3.1 to 3.3. As a header this is modifier1 22, which no server handles.
  if (bytes[offset] === 22 && bytes[offset + 1] === 3 && bytes[offset + 2] >= 1 && bytes[offset + 2] <= 3) return TLS;
  if (bytes[offset] === 0) return null; // a web request: no need to look further
  return FIRST_BYTES.get(latin1(bytes, offset, offset + 4)) ?? null;
}
