import { ascii, hex } from '@gatewire/testkit';
import {
  decodePacket,
  decodeVars,
  encodePacket,
  UwsgiProtocolError,
  varsBytes,
  VarsView,
} from '@gatewire/uwsgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const all = (bytes: Uint8Array, options?: Parameters<typeof decodeVars>[3]): string[] =>
  decodeVars(bytes, 0, bytes.length, options);

/** Latin-1 text of up to `maxLength` characters, any of the 256. */
const latin1 = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => String.fromCharCode(...bytes));
const pairsOf = fc
  .array(fc.tuple(latin1(1, 300), latin1(0, 600)), { maxLength: 60 })
  .map((pairs) => pairs.flat());

describe('decode', () => {
  test('spec: the smallest useful request, its last value empty', () => {
    const bytes = hex`
      00 33 00 00
      0e 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44   03 00 47 45 54
      09 00 50 41 54 48 5f 49 4e 46 4f   01 00 2f
      0c 00 51 55 45 52 59 5f 53 54 52 49 4e 47   00 00`;
    expect(bytes.length).toBe(55);
    expect(decodeVars(bytes, 4, 55)).toEqual(['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'QUERY_STRING', '']);
  });

  test('spec: bytes are Latin-1, so UTF-8 é is two characters', () => {
    expect(all(hex`08 00 48 54 54 50 5f 58 5f 4e   02 00 c3 a9`)).toEqual(['HTTP_X_N', '\u00c3\u00a9']);
    expect(all(hex`01 00 4e 04 00 80 9f ff 00`)).toEqual(['N', '\u0080\u009f\u00ff\u0000']);
  });

  test.each([
    ['an empty block', hex``, []],
    ['the smallest pair', hex`01 00 41 00 00`, ['A', '']],
    ['duplicates, in order', hex`01 00 41 01 00 31 01 00 41 01 00 32`, ['A', '1', 'A', '2']],
    ['NUL and control bytes', hex`01 00 00 01 00 0a`, ['\0', '\n']],
    [
      'size twice, as uWSGI writes it',
      hex`04 00 73 69 7a 65 01 00 32 04 00 73 69 7a 65 01 00 32`,
      ['size', '2', 'size', '2'],
    ],
  ])('spec: %s', (_, bytes, pairs) => {
    expect(all(bytes)).toEqual(pairs);
  });

  test('__proto__ is a name like any other', () => {
    const block = encodePacket(0, 0, ['__proto__', 'x', 'constructor', 'y']).subarray(4);
    expect(all(block)).toEqual(['__proto__', 'x', 'constructor', 'y']);
  });

  // What uWSGI and gunicorn do with each of these differs; here each is an error with its own code, at the byte where
  // the rule is broken.
  test.each([
    ['one stray byte', hex`01 00 41 00 00  07`, 'UWSGI_STRAY_BYTE at 5'],
    ['two stray bytes that announce a name', hex`01 00 41 00 00  07 00`, 'UWSGI_KEY_OVERRUN at 5'],
    ['two stray zeros', hex`01 00 41 00 00  00 00`, 'UWSGI_EMPTY_KEY at 5'],
    ['three stray zeros', hex`01 00 41 00 00  00 00 00`, 'UWSGI_EMPTY_KEY at 5'],
    ['an empty name with an empty value', hex`00 00 00 00`, 'UWSGI_EMPTY_KEY at 0'],
    ['a name that passes the end', hex`03 00 41 42`, 'UWSGI_KEY_OVERRUN at 0'],
    ['a name that ends with the block', hex`02 00 41 42`, 'UWSGI_MISSING_VALUE at 4'],
    ['one byte for the value length', hex`01 00 41 00`, 'UWSGI_MISSING_VALUE at 3'],
    ['a value that passes the end', hex`01 00 41 02 00 31`, 'UWSGI_VALUE_OVERRUN at 3'],
    ['a value of which nothing came', hex`01 00 41 01 00`, 'UWSGI_VALUE_OVERRUN at 3'],
    ['lengths that point past 64 KiB', hex`01 00 41 ff ff`, 'UWSGI_VALUE_OVERRUN at 3'],
    // uWSGI steps over the first two bytes and reads on: A=1. A filter that reads otherwise is bypassed.
    ['the resynchronisation block', hex`ff ff 01 00 41 01 00 31`, 'UWSGI_KEY_OVERRUN at 0'],
    [
      'the resynchronisation block behind a var',
      hex`01 00 42 00 00 ff ff 01 00 41 01 00 31`,
      'UWSGI_KEY_OVERRUN at 5',
    ],
  ])('invalid: %s', (_, bytes, failure) => {
    expect(failureOf(() => all(bytes))).toBe(failure);
    // The offset counts from the start of the array, and bytes behind `end` are not looked at.
    const shifted = new Uint8Array(bytes.length + 9);
    shifted.set(bytes, 4);
    const [code, at] = failure.split(' at ');
    expect(failureOf(() => decodeVars(shifted, 4, 4 + bytes.length))).toBe(`${code} at ${Number(at) + 4}`);
  });

  test('emptyKeys: accept takes an empty name as gunicorn does', () => {
    expect(all(hex`00 00 00 00`, { emptyKeys: 'accept' })).toEqual(['', '']);
    expect(all(hex`00 00 01 00 31 01 00 41 00 00`, { emptyKeys: 'accept' })).toEqual(['', '1', 'A', '']);
    expect(failureOf(() => all(hex`00 00 00`, { emptyKeys: 'accept' }))).toBe('UWSGI_MISSING_VALUE at 2');
  });

  test("duplicates: 'reject' makes the second of a name an error where it begins", () => {
    const block = hex`01 00 41 01 00 31  02 00 42 43 00 00  01 00 41 01 00 32`;
    expect(all(block, { duplicates: 'keep' })).toEqual(['A', '1', 'BC', '', 'A', '2']);
    expect(failureOf(() => all(block, { duplicates: 'reject' }))).toBe('UWSGI_DUPLICATE_KEY at 12');
    expect(failureOf(() => decodeVars(block, 6, 18, { duplicates: 'reject' }))).toBe('nothing thrown');
    expect(failureOf(() => new VarsView(block, 0, 18, { duplicates: 'reject' }))).toBe(
      'UWSGI_DUPLICATE_KEY at 12',
    );
  });

  test('limit: 1,024 vars pass, 1,025 do not; maxVars moves it', () => {
    const block = (vars: number): Uint8Array => ascii('\x01\0A\0\0'.repeat(vars));
    expect(all(block(1024))).toHaveLength(2048);
    expect(failureOf(() => all(block(1025)))).toBe('UWSGI_LIMIT_VARS at 5120');
    expect(all(block(3), { maxVars: 3 })).toHaveLength(6);
    expect(failureOf(() => all(block(4), { maxVars: 3 }))).toBe('UWSGI_LIMIT_VARS at 15');
    expect(failureOf(() => all(block(1), { maxVars: 0 }))).toBe('UWSGI_LIMIT_VARS at 0');
    expect(all(hex``, { maxVars: 0 })).toEqual([]);
  });

  test.each([
    [-1, 2],
    [2, 1],
    [0, 9],
    [NaN, 2],
  ])('a range [%d, %d) outside of the bytes is a RangeError', (start, end) => {
    expect(() => decodeVars(new Uint8Array(8), start, end)).toThrow(RangeError);
  });

  test('a Buffer decodes like a Uint8Array', () => {
    expect(decodeVars(Buffer.from('\x01\0A\x01\0b', 'latin1'), 0, 6)).toEqual(['A', 'b']);
  });
});

describe('encode', () => {
  test('spec', () => {
    expect(encodePacket(0, 0, ['HTTP_X_N', '\u00c3\u00a9'])).toEqual(
      hex`00 0e 00 00  08 00 48 54 54 50 5f 58 5f 4e  02 00 c3 a9`,
    );
  });

  // A name of 256 bytes was once sent with the length of an empty one by a web server that kept it in eight bits.
  test.each([
    [255, hex`ff 00`],
    [256, hex`00 01`],
    [257, hex`01 01`],
    [65_531, hex`fb ff`],
  ])('spec: a name of %d bytes', (bytes, length) => {
    const packet = encodePacket(0, 0, ['N'.repeat(bytes), '']);
    expect(packet.subarray(4, 6)).toEqual(length);
    expect(decodeVars(packet, 4, packet.length)).toEqual(['N'.repeat(bytes), '']);
  });

  test('a block of 65,535 bytes is written, one of 65,536 is a RangeError', () => {
    const value = 'v'.repeat(65_535 - 5);
    expect(encodePacket(0, 0, ['A', value]).subarray(0, 4)).toEqual(hex`00 ff ff 00`);
    expect(() => encodePacket(0, 0, ['A', `${value}v`])).toThrow(/take 65536 bytes/);
  });

  // CVE-2020-11984: sizes in 16 bits wrapped, and the tail of a long header became variables.
  test('a field or block past 65,535 bytes is a RangeError, never cut to 16 bits', () => {
    expect(() => encodePacket(0, 0, ['A', 'v'.repeat(65_536)])).toThrow(/entry 1 has 65536 bytes/);
    expect(() => encodePacket(0, 0, ['N'.repeat(70_000), ''])).toThrow(/entry 0 has 70000 bytes/);
    expect(() => encodePacket(0, 0, ['A', 'v'.repeat(40_000), 'B', 'v'.repeat(40_000)])).toThrow(RangeError);
  });

  test('an empty name, a character past U+00FF and a name without value are the mistakes of the caller', () => {
    expect(() => encodePacket(0, 0, ['', 'x'])).toThrow(RangeError);
    // U+010A cut to its low byte would be a line feed.
    expect(() => encodePacket(0, 0, ['A', 'x\u010a'])).toThrow(/U\+010a at index 1/);
    expect(() => encodePacket(0, 0, ['A'])).toThrow(TypeError);
  });

  test('varsBytes tells the size before it is sent', () => {
    expect(varsBytes([])).toBe(0);
    expect(varsBytes(['A', '', 'BC', 'd'])).toBe(12);
  });
});

describe('properties', () => {
  test('roundtrip: what was encoded is decoded, order, duplicates and every byte', () => {
    fc.assert(
      fc.property(pairsOf, fc.nat(255), (pairs, modifier2) => {
        const packet = encodePacket(0, modifier2, pairs);
        const decoded = decodePacket(packet, 0);
        expect(decoded?.next).toBe(packet.length);
        expect(decoded?.value.modifier2).toBe(modifier2);
        expect(all(decoded?.value.payload ?? new Uint8Array(0))).toEqual(pairs);
      }),
    );
  });

  test('roundtrip: what decodes encodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let pairs: string[];
        try {
          pairs = all(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(UwsgiProtocolError);
          expect((error as UwsgiProtocolError).offset).toBeLessThanOrEqual(bytes.length);
          return;
        }
        expect(encodePacket(0, 0, pairs).subarray(4)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('a changed byte decodes to something else or is an error, never to the same', () => {
    fc.assert(
      fc.property(pairsOf, fc.nat(), fc.integer({ min: 1, max: 255 }), (pairs, place, change) => {
        const block = encodePacket(0, 0, pairs).slice(4);
        fc.pre(block.length > 0);
        block[place % block.length] ^= change;
        let changed: string[] | null = null;
        try {
          changed = all(block);
        } catch (error) {
          expect(error).toBeInstanceOf(UwsgiProtocolError);
        }
        expect(changed).not.toEqual(pairs);
      }),
    );
  });
});
