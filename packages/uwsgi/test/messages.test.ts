// What the messages say: the value that came, and what was expected. Codes and offsets are tested where the rules are.
import { ascii, hex } from '@gatewire/testkit';
import {
  decodePacket,
  decodeVars,
  encodeHeader,
  encodePacket,
  encodeRequest,
  UwsgiApplication,
  UwsgiDecoder,
  varsBytes,
  VarsView,
} from '@gatewire/uwsgi';
import type { UwsgiApplicationOptions } from '@gatewire/uwsgi';
import { describe, expect, test } from 'vitest';

/** What a call throws, as a console shows it. */
function thrownBy(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}

const all = (bytes: Uint8Array, options?: Parameters<typeof decodeVars>[3]): string[] =>
  decodeVars(bytes, 0, bytes.length, options);

/** An application that gets `bytes` and is asked for its first event. */
const application = (bytes: Uint8Array, options?: UwsgiApplicationOptions): unknown => {
  const it = new UwsgiApplication(options);
  it.receive(bytes);
  return it.next();
};

const request = (...pairs: string[]): Uint8Array => encodePacket(0, 0, pairs);

describe('what a peer did wrong', () => {
  test.each<[string, () => unknown]>([
    [
      'this is HTTP, not uwsgi: point proxy_pass elsewhere (UWSGI_NOT_UWSGI at byte 0)',
      () => decodePacket(ascii('GET /'), 0),
    ],
    ['this is PROXY, not uwsgi (UWSGI_NOT_UWSGI at byte 0)', () => decodePacket(ascii('PROXY'), 0)],
    ['this is TLS, not uwsgi (UWSGI_NOT_UWSGI at byte 1)', () => decodePacket(hex`ff 16 03 01 02`, 1)],
    ['this is FastCGI, not uwsgi (UWSGI_NOT_UWSGI at byte 0)', () => decodePacket(hex`01 01 00 01`, 0)],
    [
      'datasize 257, limit 256 (UWSGI_LIMIT_PACKET at byte 1)',
      () => decodePacket(hex`00 01 01 00`, 0, { maxPacketBytes: 256 }),
    ],
    ['no length (UWSGI_STRAY_BYTE at byte 5)', () => all(hex`01 00 41 00 00 07`)],
    ['no length (UWSGI_MISSING_VALUE at byte 3)', () => all(hex`01 00 41`)],
    ['259 bytes, 1 left (UWSGI_KEY_OVERRUN at byte 0)', () => all(hex`03 01 41`)],
    ['2 bytes, 1 left (UWSGI_VALUE_OVERRUN at byte 3)', () => all(hex`01 00 41 02 00 31`)],
    ['empty name (UWSGI_EMPTY_KEY at byte 0)', () => all(hex`00 00 00 00`)],
    [
      'more than 1 vars (UWSGI_LIMIT_VARS at byte 5)',
      () => all(hex`01 00 41 00 00 01 00 42 00 00`, { maxVars: 1 }),
    ],
    [
      'name again (UWSGI_DUPLICATE_KEY at byte 5)',
      () => all(hex`01 00 41 00 00 01 00 41 00 00`, { duplicates: 'reject' }),
    ],
    [
      'ends in a packet (UWSGI_TRUNCATED at byte 2)',
      () => {
        const decoder = new UwsgiDecoder();
        decoder.receive(hex`00 01`);
        decoder.next();
        decoder.finish();
      },
    ],
    [
      'modifier1 100 is not served (UWSGI_UNSUPPORTED_MODIFIER at byte 0)',
      () => application(hex`64 00 00 00`),
    ],
    ['no variables (UWSGI_EMPTY_REQUEST at byte 4)', () => application(hex`00 00 00 00`)],
    [
      'CONTENT_LENGTH "3x", not 1 to 15 digits (UWSGI_BAD_CONTENT_LENGTH at byte 4)',
      () => application(request('CONTENT_LENGTH', '3x')),
    ],
    [
      'CONTENT_LENGTH "5, 6", not 1 to 15 digits (UWSGI_BAD_CONTENT_LENGTH at byte 4)',
      () => application(request('CONTENT_LENGTH', '5', 'A', 'b', 'CONTENT_LENGTH', '6')),
    ],
    [
      // No more than 32 characters of what came.
      `CONTENT_LENGTH "${'9'.repeat(32)}", not 1 to 15 digits (UWSGI_BAD_CONTENT_LENGTH at byte 4)`,
      () => application(request('CONTENT_LENGTH', '9'.repeat(33))),
    ],
    [
      'no CONTENT_LENGTH (UWSGI_LENGTH_REQUIRED at byte 4)',
      () => application(request('HTTP_TRANSFER_ENCODING', 'chunked')),
    ],
  ])('invalid: %s', (message, call) => {
    expect(thrownBy(call)).toBe(`UwsgiProtocolError: ${message}`);
  });
});

describe('what the caller did wrong', () => {
  const decoder = (): UwsgiDecoder => {
    const it = new UwsgiDecoder();
    it.receive(hex`00 01`);
    return it;
  };

  test.each<[string, () => unknown]>([
    ['RangeError: modifier1 is 256, expected 0 to 255', () => encodeHeader(256, 0, 0)],
    ['RangeError: datasize is 65536, expected 0 to 65535', () => encodeHeader(0, 65_536, 0)],
    ['RangeError: modifier2 is -1, expected 0 to 255', () => encodeHeader(0, 0, -1)],
    [
      'RangeError: maxPacketBytes is 65536, expected 0 to 65535',
      () => new UwsgiDecoder({ maxPacketBytes: 65_536 }),
    ],
    ['RangeError: maxVars is 0.5, expected 0 to 65535', () => new UwsgiApplication({ maxVars: 0.5 })],
    ['RangeError: [0, 4) is not within 3 bytes', () => decodeVars(new Uint8Array(3), 0, 4)],
    ['RangeError: [2, 1) is not within 3 bytes', () => new VarsView(new Uint8Array(3), 2, 1)],
    ['TypeError: pairs has 3 entries, expected name, value, name, value', () => varsBytes(['A', 'b', 'C'])],
    ['TypeError: pairs has 1 entries, expected name, value, name, value', () => encodeRequest(['A'])],
    ['RangeError: name 1 is empty, which no uWSGI accepts', () => varsBytes(['A', 'b', '', 'c'])],
    [
      'RangeError: entry 1 has 65536 bytes, a length field holds 65535',
      () => varsBytes(['A', 'v'.repeat(65_536)]),
    ],
    [
      'RangeError: the vars take 65540 bytes, a packet holds 65535',
      // A length field holds the value, only just.
      () => varsBytes(['A', 'v'.repeat(65_535)]),
    ],
    [
      'RangeError: the vars take 65536 bytes, a packet holds 65535',
      () => varsBytes(['A', 'v'.repeat(65_531)]),
    ],
    ['TypeError: not a Uint8Array', () => new UwsgiDecoder().receive('text' as never)],
    ['TypeError: receive() before next() gave null, or after finish()', () => decoder().receive(hex`00`)],
    [
      'TypeError: takeBody() inside a packet',
      () => {
        const it = decoder();
        it.next();
        it.takeBody(1);
      },
    ],
    [
      'TypeError: give body or contentLength, not both',
      () => encodeRequest([], { body: ascii('x'), contentLength: 1 }),
    ],
    [
      'RangeError: contentLength is 1.5, expected a whole number of bytes',
      () => encodeRequest([], { contentLength: 1.5 }),
    ],
    ['RangeError: A is given twice', () => encodeRequest(['A', '1', 'A', '1'])],
    [
      `RangeError: CONTENT_LENGTH is "${'9'.repeat(32)}", the body has 2 bytes`,
      () => encodeRequest(['CONTENT_LENGTH', '9'.repeat(33)], { body: ascii('hi') }),
    ],
  ])('%s', (message, call) => {
    expect(thrownBy(call)).toBe(message);
  });
});
