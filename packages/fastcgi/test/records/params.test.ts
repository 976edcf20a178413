import { decodeHeader, decodePairs, encodeParams, FcgiDecoder } from '@gatewire/fastcgi';
import { drain, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** The contents of the records in `bytes`. */
function contentsOf(bytes: Uint8Array): { content: Uint8Array; padding: number }[] {
  const contents = [];
  for (let at = 0; at < bytes.length;) {
    const header = decodeHeader(bytes, at);
    if (header?.type !== 4) throw new Error('not a PARAMS record');
    const end = at + 8 + header.contentLength;
    contents.push({ content: bytes.subarray(at + 8, end), padding: header.paddingLength });
    at = end + header.paddingLength;
  }
  return contents;
}

const sizes = (bytes: Uint8Array): number[] => contentsOf(bytes).map(({ content }) => content.length);

describe('encodeParams', () => {
  test('spec: one record, padded, and the empty one that ends them', () => {
    expect(encodeParams(0x0102, ['A', 'b', 'CD', ''])).toEqual(hex`
      01 04 01 02 00 08 00 00  01 01 41 62 02 00 43 44
      01 04 01 02 00 00 00 00`);
    expect(encodeParams(1, ['A', 'b'])).toEqual(hex`
      01 04 00 01 00 04 04 00  01 01 41 62  00 00 00 00
      01 04 00 01 00 00 00 00`);
    expect(encodeParams(1, [])).toEqual(hex`01 04 00 01 00 00 00 00`);
  });

  // php-fpm and uWSGI read each record by itself; php-fpm resets when content and padding pass 65,535 bytes.
  test('a record ends between two pairs', () => {
    const pair = ['N', 'v'.repeat(21_994)]; // 22,000 bytes with its lengths
    const out = encodeParams(1, [...pair, ...pair, ...pair, ...pair]);
    expect(sizes(out)).toEqual([44_000, 44_000, 0]);
    for (const { content } of contentsOf(out)) {
      expect(decodePairs(content, 0, content.length).length % 4).toBe(0);
    }
    // 65,528 bytes are a full record; one more, and the second pair has one of its own.
    expect(sizes(encodeParams(1, [...pair, 'N', 'v'.repeat(43_522)]))).toEqual([65_528, 0]);
    expect(sizes(encodeParams(1, [...pair, 'N', 'v'.repeat(43_523)]))).toEqual([22_000, 43_529, 0]);
  });

  test.each([
    [65_528, [65_528, 0]],
    [65_529, [65_529, 0]],
    [65_535, [65_535, 0]],
  ])('a pair of %d bytes has a record of its own, without padding', (size, expected) => {
    const out = encodeParams(1, ['N', 'v'.repeat(size - 6)]);
    expect(sizes(out)).toEqual(expected);
    expect(contentsOf(out)[0].padding).toBe(0);
    expect(sizes(encodeParams(1, ['A', '', 'N', 'v'.repeat(size - 6), 'B', '']))).toEqual([3, size, 3, 0]);
  });

  test('a pair of 65,536 bytes is a RangeError unless it may be cut', () => {
    const pairs = ['A', 'b', 'N', 'v'.repeat(140_000), 'C', 'd'];
    expect(() => encodeParams(1, pairs)).toThrow('pair 1 has 140006 bytes, a record holds 65535');
    expect(() => encodeParams(1, ['N', 'v'.repeat(65_530)])).toThrow(RangeError);
    const out = encodeParams(1, pairs, { longPairs: 'split' });
    expect(sizes(out)).toEqual([4, 65_528, 65_528, 8_954, 0]);
    const { events } = drain(new FcgiDecoder(), [out]);
    expect(events).toEqual([{ kind: 'params', requestId: 1, pairs }]);
  });

  test('misuse', () => {
    expect(() => encodeParams(1, ['A'])).toThrow(
      new TypeError('pairs has 1 entries, expected name, value, name, value'),
    );
    expect(() => encodeParams(1, ['', 'x'])).toThrow(RangeError);
    expect(() => encodeParams(1, ['A', '\0'])).toThrow(RangeError);
    expect(() => encodeParams(1, ['A', '\u010a'])).toThrow(RangeError);
    expect(() => encodeParams(0, [])).toThrow(RangeError);
  });

  test('any pairs: every record decodes by itself, and all of them give the pairs', () => {
    const text = fc.string({ maxLength: 200, unit: fc.constantFrom('A', '\u00e9') });
    const value = fc.oneof(
      text,
      fc.integer({ min: 20_000, max: 60_000 }).map((size) => 'v'.repeat(size)),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            text.map((name) => `N${name}`),
            value,
          ),
          { maxLength: 12 },
        ),
        (list) => {
          const pairs = list.flat();
          const contents = contentsOf(encodeParams(1, pairs));
          expect(contents.at(-1)?.content).toHaveLength(0);
          expect(contents.flatMap(({ content }) => decodePairs(content, 0, content.length))).toEqual(pairs);
          for (const { content, padding } of contents)
            expect(content.length + padding).toBeLessThanOrEqual(65_535);
        },
      ),
    );
  });
});
