import { hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotatePacket } from '../src/annotate-uwsgi.js';

/** The smallest useful request: GET /, the last value empty. */
const SMALLEST = hex`
  00 33 00 00
  0e 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44   03 00 47 45 54
  09 00 50 41 54 48 5f 49 4e 46 4f   01 00 2f
  0c 00 51 55 45 52 59 5f 53 54 52 49 4e 47   00 00
`;

const SMALLEST_LINES = [
  '     0  00                                               modifier1 0: a web request',
  '     1  33 00                                            datasize 51, little-endian',
  '     3  00                                               modifier2 0',
  '     4  0e 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44  name, 14 bytes: REQUEST_METHOD',
  '    20  03 00 47 45 54                                   value, 3 bytes: GET',
  '    25  09 00 50 41 54 48 5f 49 4e 46 4f                 name, 9 bytes: PATH_INFO',
  '    36  01 00 2f                                         value, 1 byte: /',
  '    39  0c 00 51 55 45 52 59 5f 53 54 52 49 4e 47        name, 12 bytes: QUERY_STRING',
  '    53  00 00                                            value, 0 bytes',
];

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

describe('annotatePacket', () => {
  test('a request, whole', () => {
    expect(annotatePacket(SMALLEST, { width: 130 })).toEqual(SMALLEST_LINES);
  });

  test('what is long is cut to the width, and its size given', () => {
    const lines = annotatePacket(SMALLEST, { width: 60 });
    expect(lines[3]).toBe('     4  0e 00 52 45 51 …   name, 14 bytes: REQUEST_METHOD');
    const value = concat(hex`00 6a 00 00 01 00 41 65 00`, new Uint8Array(101).fill(0x62));
    expect(annotatePacket(value, { width: 60 })[4]).toBe(
      '     7  65 00 62 62 62 …   value, 101 bytes: bbbbbbbbbbbbbb…',
    );
  });

  test('a body and its size', () => {
    const body = hex`61 3d 62`;
    expect(annotatePacket(concat(SMALLEST, body), { width: 130 }).slice(9)).toEqual([
      '    55  61 3d 62                                         body, 3 bytes: a=b',
    ]);
    expect(annotatePacket(concat(SMALLEST, body), { width: 130, bodyBytes: 1_048_576 }).slice(9)).toEqual([
      '    55  61 3d 62                                         body, 1,048,576 bytes: a=b…',
    ]);
  });

  test('a binary body is not shown as text', () => {
    expect(annotatePacket(concat(SMALLEST, hex`00 ff`), { width: 130 }).slice(9)).toEqual([
      '    55  00 ff                                            body, 2 bytes',
    ]);
  });

  test('maxVars: the others are one line', () => {
    expect(annotatePacket(SMALLEST, { width: 130, maxVars: 1 })).toEqual([
      ...SMALLEST_LINES.slice(0, 5),
      '    25  … 2 more vars in 30 bytes',
    ]);
  });

  test('UTF-8 reads as such, other bytes as Latin-1, controls as escapes', () => {
    const packet = hex`00 0c 00 00 01 00 41 07 00 c3 a9 1b 5b 0a 9b ff`.slice(0, 16);
    expect(annotatePacket(packet, { width: 130 })[4]).toMatch(/value, 7 bytes: Ã©\\x1b\[\\n\\x9bÿ$/);
    expect(annotatePacket(hex`00 07 00 00 01 00 41 02 00 c3 a9`, { width: 130 })[4]).toMatch(
      /value, 2 bytes: é$/,
    );
  });

  test('colours on request, and only then', () => {
    expect(annotatePacket(SMALLEST, { width: 130 }).join('\n')).not.toContain('\x1b');
    const painted = annotatePacket(SMALLEST, { width: 130, color: true });
    expect(painted[4]).toContain('\x1b[33m03 00\x1b[39m \x1b[32m47 45 54\x1b[39m');
    expect(painted.map((line) => line.replace(/\x1b\[[0-9]+m/g, ''))).toEqual(SMALLEST_LINES);
  });

  test('another kind of packet: its payload as it is', () => {
    expect(annotatePacket(hex`65 02 00 00 68 69`, { width: 60 })).toEqual([
      '     0  65                 modifier1 101: an echo',
      '     1  02 00              datasize 2, little-endian',
      '     3  00                 modifier2 0',
      '     4  68 69              payload, 2 bytes: hi',
    ]);
    expect(annotatePacket(hex`2a 00 00 07`, { width: 60 })[0]).toBe(
      '     0  2a                 modifier1 42',
    );
  });

  test('a width that holds nothing is refused', () => {
    expect(() => annotatePacket(SMALLEST, { width: 59 })).toThrow(
      new RangeError('width is 59, expected 60 or more'),
    );
  });
});

describe('what is wrong', () => {
  test.each([
    ['less than a header', hex`00 33`, ['        ! 2 bytes, a header has 4']],
    [
      'a name that does not fit',
      hex`00 08 00 00 ff ff 01 00 41 01 00 31`,
      [
        '     4  ff ff 01 00 41 01 00 31              8 bytes that are no var',
        '        ! 65535 bytes, 6 left (UWSGI_KEY_OVERRUN at byte 4)',
      ],
    ],
    [
      'a name without a value',
      hex`00 03 00 00 01 00 41`,
      [
        '     4  01 00 41                             name, 1 byte: A',
        '        ! no length (UWSGI_MISSING_VALUE at byte 7)',
      ],
    ],
    [
      'an empty name',
      hex`00 05 00 00 00 00 01 00 62`,
      [
        '     4  00 00                                name, 0 bytes',
        '     6  01 00 62                             value, 1 byte: b',
        '        ! empty name (UWSGI_EMPTY_KEY at byte 4)',
      ],
    ],
    [
      'a packet that is cut off',
      hex`00 06 00 00 01 00 41 01`,
      [
        '     4  01 00 41                             name, 1 byte: A',
        '     7  01                                   an incomplete field',
        '        ! cut short: 8 of the 10 bytes of this packet are there',
      ],
    ],
  ])('%s', (_, bytes, lines) => {
    expect(annotatePacket(bytes, { width: 100 }).slice(-lines.length)).toEqual(lines);
  });

  test('any bytes give lines within the width', () => {
    const kind = fc.oneof(fc.constantFrom(0, 5, 7, 17, 100, 101, 110, 111, 173, 224, 255), fc.nat(255));
    const header = fc.tuple(kind, fc.nat(255), fc.nat(2), fc.nat(255));
    // Mostly small numbers, so that many of them read as the lengths of fields.
    const block = fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat(6) }, fc.nat(255)), { maxLength: 400 });
    const width = fc.integer({ min: 60, max: 160 });
    fc.assert(
      fc.property(header, block, fc.nat(404), width, (head, rest, size, columns) => {
        const bytes = Uint8Array.from([...head, ...rest]).subarray(0, size);
        for (const line of annotatePacket(bytes, { width: columns })) {
          if (!line.startsWith('        !')) expect(Array.from(line).length).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});
