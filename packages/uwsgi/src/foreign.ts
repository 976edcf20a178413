import { latin1 } from '@gatewire/bytes';

/** First four bytes of what is not uwsgi but arrives on uwsgi ports, and what the sender most likely meant. */
const FIRST_BYTES: Readonly<Record<string, string>> = {
  __proto__: null as never,
  'GET ': 'an HTTP GET request',
  POST: 'an HTTP POST request',
  HEAD: 'an HTTP HEAD request',
  'PUT ': 'an HTTP PUT request',
  DELE: 'an HTTP DELETE request',
  OPTI: 'an HTTP OPTIONS request',
  PATC: 'an HTTP PATCH request',
  CONN: 'an HTTP CONNECT request',
  TRAC: 'an HTTP TRACE request',
  'PRI ': 'an HTTP/2 connection preface',
  HTTP: 'an HTTP response',
  PROX: 'a PROXY protocol header',
  '\r\n\r\n': 'a PROXY protocol v2 header',
  '\x01\x01\x00\x01': 'a FastCGI record',
};

const TLS = 'a TLS ClientHello';

/**
 * What the four bytes at `offset` begin when they are not a uwsgi header, or `null`.
 *
 * A packet of modifier1 71 with a datasize of 21,573 and modifier2 32 reads `GET `; nobody has been seen to send one.
 */
export function recogniseForeign(bytes: Uint8Array, offset: number): string | null {
  // A TLS record: type 22, version 3.1 to 3.3. As a header this is modifier1 22, which no server handles.
  if (bytes[offset] === 22 && bytes[offset + 1] === 3 && bytes[offset + 2] >= 1 && bytes[offset + 2] <= 3) return TLS;
  return FIRST_BYTES[latin1(bytes, offset, offset + 4)] ?? null;
}
