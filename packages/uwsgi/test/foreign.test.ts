import { ascii, hex } from '@gatewire/testkit';
import { decodePacket, UwsgiApplication, UwsgiDecoder } from '@gatewire/uwsgi';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

// The first four bytes of other protocols on a uwsgi port. `GET ` read as a header announces 21,573 bytes.
const OTHERS: readonly (readonly [Uint8Array, RegExp])[] = [
  [ascii('GET / HTTP/1.1\r\n'), /this is HTTP, not uwsgi: point proxy_pass elsewhere/],
  [ascii('POST /'), /this is HTTP, not uwsgi/],
  [ascii('HEAD /'), /this is HTTP, not uwsgi/],
  [ascii('PUT /x'), /this is HTTP, not uwsgi/],
  [ascii('DELETE'), /this is HTTP, not uwsgi/],
  [ascii('OPTIONS'), /this is HTTP, not uwsgi/],
  [ascii('PATCH /'), /this is HTTP, not uwsgi/],
  [ascii('CONNECT'), /this is HTTP, not uwsgi/],
  [ascii('TRACE /'), /this is HTTP, not uwsgi/],
  [ascii('PRI * HTTP/2.0\r\n'), /this is HTTP, not uwsgi/],
  [ascii('HTTP/1.1 200 OK'), /this is HTTP, not uwsgi/],
  [ascii('PROXY TCP4'), /this is PROXY, not uwsgi/],
  [hex`0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a`, /this is PROXY, not uwsgi/],
  [hex`01 01 00 01 00 08 00 00`, /FastCGI/],
  [hex`16 03 01 02 00`, /TLS/],
  [hex`16 03 03 02 00`, /TLS/],
];

describe('first bytes of other protocols', () => {
  test.each(OTHERS)('invalid: %j is UWSGI_NOT_UWSGI at the start of the packet', (bytes, message) => {
    expect(failureOf(() => decodePacket(bytes, 0))).toBe('UWSGI_NOT_UWSGI at 0');
    for (const decoder of [new UwsgiDecoder(), new UwsgiApplication()]) {
      decoder.receive(bytes);
      expect(failureOf(() => decoder.next())).toBe('UWSGI_NOT_UWSGI at 0');
      expect(() => decoder.next()).toThrow(message);
    }
  });

  test.each(OTHERS)('%j is recognised with the fourth byte', (bytes) => {
    const decoder = new UwsgiDecoder();
    for (let at = 0; at < 3; at++) {
      decoder.receive(bytes.subarray(at, at + 1));
      expect(decoder.next()).toBeNull();
    }
    decoder.receive(bytes.subarray(3, 4));
    expect(failureOf(() => decoder.next())).toBe('UWSGI_NOT_UWSGI at 0');
  });

  test('the offset counts from the start of the connection', () => {
    const decoder = new UwsgiDecoder();
    decoder.receive(hex`64 00 00 00 47 45 54 20`);
    expect(decoder.next()?.modifier1).toBe(100);
    expect(failureOf(() => decoder.next())).toBe('UWSGI_NOT_UWSGI at 4');
  });

  test.each([
    ['modifier1 72, which an HTTP response would have', hex`48 00 00 00`],
    ['modifier1 22 with a size that no TLS record version makes', hex`16 03 00 00`],
    ['modifier1 71 with another size', hex`47 00 00 00`],
  ])('%s is a header', (_, bytes) => {
    expect(failureOf(() => decodePacket(bytes, 0))).toBe('nothing thrown');
  });

  test('foreign: accept takes the four bytes as a header', () => {
    expect(decodePacket(ascii('GET '), 0, { foreign: 'accept' })).toBeNull();
    expect(failureOf(() => decodePacket(ascii('GET '), 0, { foreign: 'accept', maxPacketBytes: 4096 }))).toBe(
      'UWSGI_LIMIT_PACKET at 1',
    );
  });
});
