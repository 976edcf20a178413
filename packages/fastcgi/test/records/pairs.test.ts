import { decodePairs, encodePairs, FcgiPairsView, FcgiProtocolError } from '@gatewire/fastcgi';
import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const all = (bytes: Uint8Array, options?: Parameters<typeof decodePairs>[3]): string[] =>
  decodePairs(bytes, 0, bytes.length, options);
const view = (bytes: Uint8Array, options?: Parameters<typeof decodePairs>[3]): FcgiPairsView =>
  new FcgiPairsView(bytes, 0, bytes.length, options);

/** Latin-1 text without NUL. */
const latin1 = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength, maxLength })
    .map((codes) => String.fromCharCode(...codes));
const pairsOf = fc
  .array(fc.tuple(latin1(1, 300), latin1(0, 600)), { maxLength: 40 })
  .map((pairs) => pairs.flat());

describe('§3.4 decode', () => {
  test.each([
    ['an empty block', hex``, []],
    ['one pair', hex`0b 01 52 45 51 55 45 53 54 5f 55 52 49 2f`, ['REQUEST_URI', '/']],
    ['an empty value', hex`01 00 41`, ['A', '']],
    ['duplicates, in order', hex`01 01 41 31 01 01 41 32`, ['A', '1', 'A', '2']],
    ['the long form of small numbers', hex`80 00 00 01 80 00 00 02 41 31 32`, ['A', '12']],
    ['the long form of zero', hex`01 80 00 00 00 41`, ['A', '']],
    ['bytes, not UTF-8', hex`01 03 4e e9 ff 80`, ['N', '\u00e9\u00ff\u0080']],
    ['__proto__', hex`09 01 5f 5f 70 72 6f 74 6f 5f 5f 78`, ['__proto__', 'x']],
  ])('spec: %s', (_, bytes, pairs) => {
    expect(all(bytes)).toEqual(pairs);
    expect(view(bytes).toPairs()).toEqual(pairs);
  });

  test('spec: 127 is the last length of one byte, 128 takes four', () => {
    for (const [bytes, pairs] of [
      [hex`7f 01 ${ascii('N'.repeat(127))} 31`, ['N'.repeat(127), '1']],
      [hex`80 00 00 80 01 ${ascii('N'.repeat(128))} 31`, ['N'.repeat(128), '1']],
      [hex`01 7f 41 ${ascii('v'.repeat(127))}`, ['A', 'v'.repeat(127)]],
      [hex`06 80 00 01 00 ${ascii(`HTTP_B${'v'.repeat(256)}`)}`, ['HTTP_B', 'v'.repeat(256)]],
    ] as const) {
      expect(all(bytes)).toEqual(pairs);
      expect(view(bytes).toPairs()).toEqual(pairs);
    }
  });

  test.each([
    ['one stray byte', hex`01 00 41  07`, 'FCGI_PAIR_CUT at 3'],
    ['a length of four bytes, cut', hex`01 00 41  80 00 00`, 'FCGI_PAIR_CUT at 3'],
    ['a second length, cut', hex`01 00 41  01 80 00 00`, 'FCGI_PAIR_CUT at 3'],
    ['a second length missing after a long first one', hex`80 00 00 01`, 'FCGI_PAIR_CUT at 0'],
    ['a name that passes the end', hex`03 00 41 42`, 'FCGI_PAIR_OVERRUN at 0'],
    ['a value that passes the end', hex`01 02 41 42`, 'FCGI_PAIR_OVERRUN at 0'],
    ['name and value missing', hex`01 01`, 'FCGI_PAIR_OVERRUN at 0'],
    ['the largest lengths', hex`ff ff ff ff ff ff ff ff 41`, 'FCGI_PAIR_OVERRUN at 0'],
    ['lengths whose sum is 0 in 32 bits', hex`ff ff ff ff 80 00 00 01 41`, 'FCGI_PAIR_OVERRUN at 0'],
    ['a claim of 1 GiB', hex`01 c0 00 00 00 41`, 'FCGI_PAIR_OVERRUN at 0'],
    ['an empty name', hex`01 00 41  00 01 42`, 'FCGI_EMPTY_NAME at 3'],
    ['an empty name and value', hex`00 00`, 'FCGI_EMPTY_NAME at 0'],
    ['a NUL in a name', hex`01 00 41  02 00 42 00`, 'FCGI_NUL at 3'],
    ['a NUL in a value', hex`01 02 41 42 00`, 'FCGI_NUL at 0'],
    ['a NUL behind lengths with zeros', hex`80 00 00 01 00 41  01 80 00 00 02 41 00 42`, 'FCGI_NUL at 6'],
  ])('invalid: %s', (_, bytes, failure) => {
    expect(failureOf(() => all(bytes))).toBe(failure);
    expect(failureOf(() => view(bytes))).toBe(failure);
    // The offset counts from the start of the array, and bytes behind `end` are not looked at.
    const shifted = new Uint8Array(bytes.length + 9);
    shifted.set(bytes, 4);
    const [code, at] = failure.split(' at ');
    const pair = at === '0' ? 0 : 1;
    expect(() => all(bytes)).toThrow(`pair ${pair} of ${bytes.length} bytes (${code} at byte ${at})`);
    expect(failureOf(() => decodePairs(shifted, 4, 4 + bytes.length))).toBe(`${code} at ${Number(at) + 4}`);
  });

  test('emptyNames, nul: accept takes what other readers take', () => {
    const empty = { emptyNames: 'accept' } as const;
    expect(all(hex`00 01 42`, empty)).toEqual(['', 'B']);
    expect(all(hex`00 00`, empty)).toEqual(['', '']);
    // A length of zero right behind a pair is no NUL in it.
    expect(all(hex`01 00 41  00 01 42  01 00 43`, empty)).toEqual(['A', '', '', 'B', 'C', '']);
    expect(view(hex`01 00 41  00 01 42  01 00 43`, empty).toPairs()).toEqual(['A', '', '', 'B', 'C', '']);
    expect(failureOf(() => all(hex`00 01 42  02 00 41 00`, empty))).toBe('FCGI_NUL at 3');
    expect(failureOf(() => all(hex`00 01 42  07`, empty))).toBe('FCGI_PAIR_CUT at 3');
    expect(all(hex`02 01 41 00 00`, { nul: 'accept' })).toEqual(['A\0', '\0']);
    expect(view(hex`02 01 41 00 00`, { nul: 'accept' }).get('A\0')).toBe('\0');
  });

  test('limit: 4,096 pairs pass, 4,097 do not; maxPairs moves it', () => {
    const block = (pairs: number): Uint8Array => ascii('\x01\0A'.repeat(pairs));
    expect(all(block(4096))).toHaveLength(8192);
    expect(failureOf(() => all(block(4097)))).toBe('FCGI_LIMIT_PAIRS at 12288');
    expect(all(block(3), { maxPairs: 3 })).toHaveLength(6);
    expect(failureOf(() => all(block(4), { maxPairs: 3 }))).toBe('FCGI_LIMIT_PAIRS at 9');
    expect(failureOf(() => view(block(4), { maxPairs: 3 }))).toBe('FCGI_LIMIT_PAIRS at 9');
  });

  test.each([
    [-1, 2],
    [2, 1],
    [0, 9],
    [NaN, 2],
  ])('a range [%d, %d) outside of the bytes is a RangeError', (start, end) => {
    const error = new RangeError(`[${start}, ${end}) is not within 8 bytes`);
    expect(() => decodePairs(new Uint8Array(8), start, end)).toThrow(error);
    expect(() => new FcgiPairsView(new Uint8Array(8), start, end)).toThrow(error);
  });
});

describe('§3.4 encode', () => {
  test('spec: the shortest form of every length', () => {
    expect(encodePairs(['A', '', 'HTTP_N', '\u00e9'])).toEqual(hex`01 00 41  06 01 48 54 54 50 5f 4e e9`);
    for (const [bytes, length] of [
      [127, hex`7f`],
      [128, hex`80 00 00 80`],
      [70_000, hex`80 01 11 70`],
    ] as const) {
      const long = 'x'.repeat(bytes);
      expect(Buffer.compare(encodePairs([long, 'v']), hex`${length} 01 ${ascii(long)} 76`)).toBe(0);
      expect(Buffer.compare(encodePairs(['N', long]), hex`01 ${length} 4e ${ascii(long)}`)).toBe(0);
    }
  });

  test.each([
    ['an empty name', ['', 'x'], 'a name is empty'],
    ['a NUL in a name', ['A\0', 'x'], 'a NUL in "A\\u0000"'],
    ['a NUL in a value', ['A', 'x\0y'], 'a NUL in "A"'],
    [
      'a character past U+00FF: its low byte would be a line feed',
      ['A', '\u010a'],
      'character U+010a at index 0 is not Latin-1',
    ],
  ])('%s is a RangeError', (_, pairs, message) => {
    expect(() => encodePairs(pairs)).toThrow(new RangeError(message));
  });

  test('a name without a value is a TypeError', () => {
    expect(() => encodePairs(['A', 'b', 'C'])).toThrow(
      new TypeError('pairs has 3 entries, expected name, value, name, value'),
    );
  });

  test('roundtrip: order, duplicates and every byte but NUL', () => {
    fc.assert(
      fc.property(pairsOf, (pairs) => {
        expect(all(encodePairs(pairs))).toEqual(pairs);
      }),
    );
  });
});

describe('FcgiPairsView', () => {
  test('spec: get, getAll, has, size, iteration', () => {
    const bytes = hex`ff  01 01 41 31  02 00 42 43  01 01 41 32  ff`;
    const params = new FcgiPairsView(bytes, 1, bytes.length - 1);
    bytes.fill(0); // the view does not look at them again
    expect([params.get('A'), params.get('BC'), params.get('B'), params.get('')]).toEqual([
      '2',
      '',
      undefined,
      undefined,
    ]);
    expect([params.getAll('A'), params.getAll('X')]).toEqual([['1', '2'], []]);
    expect([params.has('BC'), params.has('toString'), params.size]).toEqual([true, false, 3]);
    expect([...params]).toEqual([
      ['A', '1'],
      ['BC', ''],
      ['A', '2'],
    ]);
  });

  test('any block: the view and decodePairs agree, on errors too, at every option', () => {
    const options = fc.record({
      emptyNames: fc.constantFrom('reject' as const, 'accept' as const),
      nul: fc.constantFrom('reject' as const, 'accept' as const),
      maxPairs: fc.nat(5),
    });
    const byte = fc.oneof(fc.constantFrom(0, 1, 2, 65, 128), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 30 }), options, (list, chosen) => {
        const bytes = Uint8Array.from(list);
        let pairs: string[] | undefined;
        let seen: FcgiPairsView | undefined;
        const failure = failureOf(() => (pairs = all(bytes, chosen)));
        expect(failureOf(() => (seen = view(bytes, chosen)))).toBe(failure);
        expect(seen?.toPairs()).toEqual(pairs);
      }),
      { numRuns: 3000 },
    );
  });

  test('any bytes: pairs that encode to as much or less, or our error within the block', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const pairs = all(bytes);
          expect(all(encodePairs(pairs))).toEqual(pairs);
          expect(encodePairs(pairs).length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FcgiProtocolError);
          expect((error as FcgiProtocolError).offset).toBeLessThan(bytes.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
