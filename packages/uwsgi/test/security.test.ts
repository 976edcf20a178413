// The faults that the implementations of this protocol have had, and the rules that follow from them. One test per row,
// named after the row; most are tested from other sides elsewhere too.
import { ascii, drain, hex } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import {
  decodePacket,
  decodeVars,
  encodePacket,
  encodeRequest,
  UwsgiApplication,
  UwsgiDecoder,
  varsBytes,
  VarsView,
} from '@gatewire/uwsgi';
import type { UwsgiApplicationOptions } from '@gatewire/uwsgi';
import {
  decodeArray,
  decodeCache,
  decodeDatagram,
  decodeSubscription,
  encodeSubscription,
  signSubscription,
} from '@gatewire/uwsgi/kinds';
import { describeFailure, failureOf } from './failure.js';

/** What an application sees of `bytes` in one chunk and their end: kinds of events, or the failure. */
function outcome(bytes: Uint8Array, options?: UwsgiApplicationOptions): string {
  const { events, error } = drain(new UwsgiApplication(options), [bytes]);
  return error === null ? events.map(({ kind }) => kind).join(' ') : describeFailure(error);
}

/** A request with the variables given, and bytes behind it. */
const request = (pairs: readonly string[], after: string = ''): Uint8Array =>
  hex`${encodePacket(0, 0, pairs)} ${ascii(after)}`;

describe('faults that were published', () => {
  test('CVE-2020-11984: a block above 65,535 bytes is refused, its size is never cut to 16 bits', () => {
    const long = 'x'.repeat(65_535 - 2 - 2 - 1);
    expect(encodePacket(0, 0, ['A', long])).toHaveLength(65_539);
    expect(() => encodePacket(0, 0, ['A', `${long}x`])).toThrow(RangeError);
    expect(() => encodePacket(0, 0, ['A', long, 'B', ''])).toThrow(RangeError);
    expect(() => encodeRequest(['A', 'x'.repeat(65_536 + 10)])).toThrow(RangeError);
  });

  test('nginx before 1.15.4: the header of the largest block says 65,535', () => {
    const packet = encodePacket(0, 0, ['A', 'x'.repeat(65_530)]);
    expect(packet.subarray(0, 4)).toEqual(hex`00 ff ff 00`);
  });

  test('CVE-2021-36160: no slice passes the end of what there is, at any cut', () => {
    const whole = request(['REQUEST_METHOD', 'GET', 'PATH_INFO', '/']);
    for (let end = 1; end < whole.length; end++) {
      expect(outcome(whole.subarray(0, end))).toBe(`UWSGI_TRUNCATED at ${end}`);
    }
    for (let end = 5; end < whole.length; end++) {
      if (end === 4 + 2 + 14 + 2 + 3) continue; // the end of the first variable: a block like any other
      expect(failureOf(() => decodeVars(whole, 4, end))).toMatch(
        /^UWSGI_(STRAY|KEY|MISSING|VALUE)_?\w* at \d+$/,
      );
    }
  });

  test('CVE-2026-42533: sizes and bytes come from one reading of the variables', () => {
    let reads = 0;
    const pairs = ['A', ''];
    // Longer at every look.
    Object.defineProperty(pairs, 1, { get: () => 'x'.repeat(reads++) });
    const [packet] = encodeRequest(pairs);
    const decoded = decodePacket(packet, 0);
    expect(decoded?.next).toBe(packet.length);
    expect(decodeVars(packet, 4, packet.length)).toHaveLength(4);
  });

  test('nginx bc7c3424c: names of 255, 256 and 257 bytes keep their length', () => {
    for (const length of [255, 256, 257]) {
      const name = 'N'.repeat(length);
      const packet = encodePacket(0, 0, [name, 'v', 'B', 'w']);
      expect(packet.subarray(4, 6)).toEqual(Uint8Array.of(length & 0xff, length >> 8));
      expect(decodeVars(packet, 4, packet.length)).toEqual([name, 'v', 'B', 'w']);
    }
  });

  test('CVE-2018-6758: a limit stops long variables before they reach a file name', () => {
    const packet = request(['DOCUMENT_ROOT', '/'.repeat(5_000)]);
    expect(outcome(packet, { maxPacketBytes: 4096 })).toBe('UWSGI_LIMIT_PACKET at 1');
  });

  test('CVE-2018-7490: PATH_INFO is handed out as it came, not as a path that somebody cleaned', () => {
    const packet = request(['PATH_INFO', '/../../etc/passwd\0.php']);
    expect(decodeVars(packet, 4, packet.length)).toEqual(['PATH_INFO', '/../../etc/passwd\0.php']);
  });

  test('unbit/uwsgi#2336: bytes of or behind a body are never another packet', () => {
    const hidden = Buffer.from(encodePacket(0, 0, ['UWSGI_FILE', '/x'])).toString('latin1');
    expect(outcome(request(['CONTENT_LENGTH', String(hidden.length)], hidden))).toBe('request body bodyEnd');
    expect(outcome(request(['CONTENT_LENGTH', '0'], hidden))).toBe('request bodyEnd');
    expect(outcome(request(['PATH_INFO', '/'], hidden))).toBe('request bodyEnd');
  });

  test('unbit/uwsgi#2491: variables that load code elsewhere are text here', () => {
    const packet = request([
      'UWSGI_FILE',
      'exec://id',
      'UWSGI_SETENV',
      'A=b',
      'UWSGI_POSTFILE',
      '/etc/passwd',
    ]);
    expect(outcome(packet)).toBe('request bodyEnd');
    expect(decodeVars(packet, 4, packet.length)[1]).toBe('exec://id');
  });

  test.each(['3x', '5,5', '-1', '+5', ' 5', '0x5', '1_0', '5 ', '18446744073709551621', '1'.repeat(16)])(
    'unbit/uwsgi#2775: CONTENT_LENGTH %j has one reading, none',
    (length) => {
      expect(outcome(request(['CONTENT_LENGTH', length], 'hello'))).toBe('UWSGI_BAD_CONTENT_LENGTH at 4');
    },
  );

  test('unbit/uwsgi#2775: two CONTENT_LENGTH are refused, equal ones too', () => {
    const twice = (second: string): Uint8Array =>
      request(['CONTENT_LENGTH', '1', 'CONTENT_LENGTH', second], 'hello');
    expect(outcome(twice('5'))).toBe('UWSGI_BAD_CONTENT_LENGTH at 4');
    expect(outcome(twice('1'))).toBe('UWSGI_BAD_CONTENT_LENGTH at 4');
  });

  test('resynchronisation: a length that passes the end is fatal, nothing is skipped', () => {
    const probe = hex`00 08 00 00  ff ff 01 00 41 01 00 31`;
    expect(outcome(probe)).toBe('UWSGI_KEY_OVERRUN at 4');
    expect(failureOf(() => new VarsView(probe, 4, 12))).toBe('UWSGI_KEY_OVERRUN at 4');
    // Also a name that ends where the block ends.
    expect(outcome(hex`00 03 00 00  01 00 41`)).toBe('UWSGI_MISSING_VALUE at 7');
  });

  test('cache: only the form whose answer has a header is read as an answer', () => {
    const packet = { modifier1: 111, modifier2: 0, payload: ascii('value') };
    expect(failureOf(() => decodeCache(packet))).toBe('UWSGI_UNSUPPORTED_MODIFIER at 0');
    expect(failureOf(() => decodeCache({ ...packet, modifier1: 0x7f, modifier2: 17 }))).toBe(
      'UWSGI_UNSUPPORTED_MODIFIER at 0',
    );
  });

  test('subscription: the size of the datagram is looked at before anything in it', () => {
    for (const length of [0, 1, 2, 3]) {
      const datagram = encodeSubscription({ key: 'k', address: 'a' }).subarray(0, length);
      expect(failureOf(() => decodeSubscription(datagram))).toBe(`UWSGI_TRUNCATED at ${length}`);
    }
  });

  test('subscription: what is signed is said exactly, and that is not the header', async () => {
    const signed = await signSubscription(
      encodeSubscription({ key: 'k', address: 'a', unix: 1 }),
      () => hex`aa`,
    );
    const turned = signed.slice();
    turned[3] = 1;
    const [one, other] = [decodeSubscription(signed), decodeSubscription(turned)];
    expect([one.subscribe, other.subscribe]).toEqual([true, false]);
    expect(other.signed).toEqual(one.signed);
    expect(one.signed).toEqual(signed.subarray(4, signed.length - 9));
  });

  test('httpoxy, CVE-2016-5385: the header Proxy is not sent as HTTP_PROXY', () => {
    const [packet] = encodeRequest(['HTTP_PROXY', 'http://evil.test', 'PATH_INFO', '/']);
    expect(decodeVars(packet, 4, packet.length)).toEqual(['PATH_INFO', '/', 'CONTENT_LENGTH', '0']);
  });

  test('underscore aliasing: two headers with one variable name stay two, and are not sent as one', () => {
    const packet = request(['HTTP_X_REAL_IP', '192.0.2.1', 'HTTP_X_REAL_IP', '203.0.113.9']);
    expect(new VarsView(packet, 4, packet.length).getAll('HTTP_X_REAL_IP')).toEqual([
      '192.0.2.1',
      '203.0.113.9',
    ]);
    expect(() => encodeRequest(['HTTP_X_REAL_IP', '192.0.2.1', 'HTTP_X_REAL_IP', '203.0.113.9'])).toThrow(
      RangeError,
    );
  });
});

describe('the rules of a decoder', () => {
  test('1. modifier1 is judged before the size is believed', () => {
    // As a header it announces 21,573 bytes; nobody waits for them.
    expect(failureOf(() => decodePacket(ascii('GET '), 0))).toBe('UWSGI_NOT_UWSGI at 0');
    expect(failureOf(() => decodePacket(ascii('HTTP/1.1 200 OK'), 0))).toBe('UWSGI_NOT_UWSGI at 0');
    expect(failureOf(() => decodeDatagram(hex`30 82 01 00 02`))).toBe('UWSGI_NOT_UWSGI at 0');
  });

  test('2. the size is judged when four bytes are there, before any more is kept', () => {
    const decoder = new UwsgiDecoder({ maxPacketBytes: 100 });
    decoder.receive(hex`00 65 00 00`);
    expect(failureOf(() => decoder.next())).toBe('UWSGI_LIMIT_PACKET at 1');
    const atLimit = new UwsgiDecoder({ maxPacketBytes: 100 });
    atLimit.receive(hex`00 64 00 00`);
    expect(atLimit.next()).toBeNull();
  });

  test('3. a length that passes the end is fatal', () => {
    expect(outcome(hex`00 05 00 00  02 00 41 01 00`)).toBe('UWSGI_MISSING_VALUE at 8');
    expect(outcome(hex`00 06 00 00  01 00 41 ff ff 31`)).toBe('UWSGI_VALUE_OVERRUN at 7');
    expect(failureOf(() => decodeArray(hex`ff ff 00`, 0, 3))).toBe('UWSGI_VALUE_OVERRUN at 0');
  });

  test('4. the block is used up to the last byte', () => {
    expect(outcome(hex`00 06 00 00  01 00 41 00 00  00`)).toBe('UWSGI_STRAY_BYTE at 9');
    expect(outcome(hex`00 07 00 00  01 00 41 00 00  00 00`)).toBe('UWSGI_EMPTY_KEY at 9');
  });

  test('5. an empty name is refused unless it is asked for', () => {
    const packet = hex`00 04 00 00  00 00 00 00`;
    expect(outcome(packet)).toBe('UWSGI_EMPTY_KEY at 4');
    expect(outcome(packet, { emptyKeys: 'accept' })).toBe('request bodyEnd');
  });

  test('6. names of the language are names like any other', () => {
    const pairs = ['__proto__', 'a', 'constructor', 'b', 'toString', 'c', '__proto__', 'd'];
    const packet = request(pairs);
    expect(decodeVars(packet, 4, packet.length)).toEqual(pairs);
    expect(new VarsView(packet, 4, packet.length).get('hasOwnProperty')).toBeUndefined();
    const subscription = decodeSubscription(encodePacket(224, 0, [...pairs, 'key', 'k', 'address', 'a']));
    expect(Object.getPrototypeOf(subscription)).toBe(Object.prototype);
    expect(subscription).not.toHaveProperty('constructor', 'b');
  });

  test('7. the number of variables has a limit', () => {
    const pairs = (count: number): string[] => Array.from({ length: count }, (_, i) => [`N${i}`, '']).flat();
    expect(outcome(request(pairs(1024)))).toBe('request bodyEnd');
    expect(outcome(request(pairs(1025)))).toMatch(/^UWSGI_LIMIT_VARS at \d+$/);
    expect(outcome(request(pairs(128)), { maxVars: 128 })).toBe('request bodyEnd');
    expect(outcome(request(pairs(129)), { maxVars: 128 })).toMatch(/^UWSGI_LIMIT_VARS at \d+$/);
  });

  test('8. CONTENT_LENGTH absent or empty is none, otherwise 1 to 15 digits', () => {
    expect(outcome(request(['A', 'b'], 'surplus'))).toBe('request bodyEnd');
    expect(outcome(request(['CONTENT_LENGTH', ''], 'surplus'))).toBe('request bodyEnd');
    expect(outcome(request(['CONTENT_LENGTH', '000000000000005'], 'hello'))).toBe('request body bodyEnd');
    expect(outcome(request(['CONTENT_LENGTH', '0000000000000005'], 'hello'))).toBe(
      'UWSGI_BAD_CONTENT_LENGTH at 4',
    );
  });

  test('9. with CONTENT_LENGTH a transfer coding is past; without it the request is refused', () => {
    const coded = ['HTTP_TRANSFER_ENCODING', 'chunked'];
    expect(outcome(request([...coded, 'CONTENT_LENGTH', '5'], 'hello'))).toBe('request body bodyEnd');
    expect(outcome(request(coded, '5\r\nhello\r\n0\r\n\r\n'))).toBe('UWSGI_LENGTH_REQUIRED at 4');
    expect(outcome(request([...coded, 'CONTENT_LENGTH', ''], 'x'))).toBe('UWSGI_LENGTH_REQUIRED at 4');
  });

  test('10. a body is as long as announced: less is an abort, more is dropped', () => {
    expect(outcome(request(['CONTENT_LENGTH', '5'], 'hell'))).toBe('request body abort');
    expect(outcome(request(['CONTENT_LENGTH', '5']))).toBe('request abort');
    expect(outcome(request(['CONTENT_LENGTH', '5'], 'hello\x00\x05\x00\x00'))).toBe('request body bodyEnd');
  });

  test('11. text is Latin-1, all 256 bytes of it, both ways', () => {
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    const packet = request(['PATH_INFO', all]);
    expect(packet.subarray(17)).toEqual(Uint8Array.from({ length: 256 }, (_, i) => i));
    expect(decodeVars(packet, 4, packet.length)).toEqual(['PATH_INFO', all]);
  });

  // 12, a limit in time, is the server's: there is no clock here.
});

describe('the rules of an encoder', () => {
  test('a size is that of the bytes: text that is not Latin-1 is refused, not counted in characters', () => {
    expect(() => encodePacket(0, 0, ['A', '\u20ac'])).toThrow(RangeError);
    expect(() => encodeRequest(['A', '\u010a'])).toThrow(RangeError); // its low byte is a line feed
  });

  test('an empty name is refused', () => {
    expect(() => encodePacket(0, 0, ['', 'x'])).toThrow(RangeError);
  });

  test('a variable is sent once unless the caller wants it twice', () => {
    expect(() => encodeRequest(['A', '1', 'A', '2'])).toThrow(RangeError);
    const [packet] = encodeRequest(['A', '1', 'A', '2'], { duplicates: 'keep' });
    expect(new VarsView(packet, 4, packet.length).getAll('A')).toEqual(['1', '2']);
  });

  test('CONTENT_LENGTH is always there and is the size of the body', () => {
    const [packet, body] = encodeRequest(['A', 'b'], { body: ascii('hello') });
    expect(new VarsView(packet, 4, packet.length).get('CONTENT_LENGTH')).toBe('5');
    expect(body).toHaveLength(5);
    expect(() => encodeRequest(['CONTENT_LENGTH', '4'], { body: ascii('hello') })).toThrow(RangeError);
    expect(() => encodeRequest(['CONTENT_LENGTH', '5'])).toThrow(RangeError);
  });

  test('CONTENT_TYPE and CONTENT_LENGTH have no second name, hop-by-hop headers and transfer codings stay behind', () => {
    const dropped = [
      'HTTP_CONTENT_TYPE',
      'HTTP_CONTENT_LENGTH',
      'HTTP_CONNECTION',
      'HTTP_KEEP_ALIVE',
      'HTTP_TE',
      'HTTP_TRAILER',
      'HTTP_TRANSFER_ENCODING',
      'HTTP_UPGRADE',
      'HTTP_PROXY',
    ];
    const pairs = dropped.flatMap((name) => [name, '1']);
    const [packet] = encodeRequest([...pairs, 'CONTENT_TYPE', 'text/plain']);
    expect(decodeVars(packet, 4, packet.length)).toEqual([
      'CONTENT_TYPE',
      'text/plain',
      'CONTENT_LENGTH',
      '0',
    ]);
  });

  test('the size of a block can be known before it is sent: uWSGI takes 4,096 bytes unless told', () => {
    const pairs = ['A', 'x'.repeat(4091)];
    expect(varsBytes(pairs)).toBe(4096);
    expect(encodePacket(0, 0, pairs)).toHaveLength(4 + 4096);
  });
});
