import { hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotateRecords } from '../src/annotate-fastcgi.js';

/** GET / as a web server sends it: padding, and an empty value. */
const GET = hex`
  01 01 00 01 00 08 00 00   00 01 00 00 00 00 00 00
  01 04 00 01 00 21 07 00
  0e 03 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44   47 45 54
  0c 00 51 55 45 52 59 5f 53 54 52 49 4e 47
  00 00 00 00 00 00 00
  01 04 00 01 00 00 00 00
  01 05 00 01 00 00 00 00
`;

const GET_LINES = [
  '     0  01 01 00 01 00 08 00 00                          version 1, BEGIN_REQUEST, request 1, 8 bytes, padding 0',
  '     8  00 01                                            role 1: RESPONDER',
  '    10  00                                               flags 0: the application closes the connection',
  '    11  00 00 00 00 00                                   reserved',
  '    16  01 04 00 01 00 21 07 00                          version 1, PARAMS, request 1, 33 bytes, padding 7',
  '    24  0e 03 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44  lengths 14 and 3, name: REQUEST_METHOD',
  '    40  47 45 54                                         value, 3 bytes: GET',
  '    43  0c 00 51 55 45 52 59 5f 53 54 52 49 4e 47        lengths 12 and 0, name: QUERY_STRING',
  '    57  00 00 00 00 00 00 00                             padding',
  '    64  01 04 00 01 00 00 00 00                          version 1, PARAMS, request 1, 0 bytes: end, padding 0',
  '    72  01 05 00 01 00 00 00 00                          version 1, STDIN, request 1, 0 bytes: end, padding 0',
];

/** What the lines say, without offsets and bytes. */
function meanings(bytes: Uint8Array): string[] {
  return annotateRecords(bytes, { width: 160 }).map((line) => line.slice(57).trim());
}

describe('annotateRecords', () => {
  test('a request, whole', () => {
    expect(annotateRecords(GET, { width: 130 })).toEqual(GET_LINES);
  });

  test('a response: its streams, and how it ended', () => {
    const response = hex`
      01 06 00 01 00 05 03 00   68 65 6c 6c 6f   00 00 00
      01 07 00 01 00 02 00 00   00 ff
      01 06 00 01 00 00 00 00
      01 03 00 01 00 08 00 00   ff ff ff ff 01 00 00 00
    `;
    expect(annotateRecords(response, { width: 100 })).toEqual([
      '     0  01 06 00 01 00 05 03 00              version 1, STDOUT, request 1, 5 bytes, padding 3',
      '     8  68 65 6c 6c 6f                       STDOUT, 5 bytes: hello',
      '    13  00 00 00                             padding',
      '    16  01 07 00 01 00 02 00 00              version 1, STDERR, request 1, 2 bytes, padding 0',
      '    24  00 ff                                STDERR, 2 bytes',
      '    26  01 06 00 01 00 00 00 00              version 1, STDOUT, request 1, 0 bytes: end, padding 0',
      '    34  01 03 00 01 00 08 00 00              version 1, END_REQUEST, request 1, 8 bytes, padding 0',
      '    42  ff ff ff ff                          application status 4294967295',
      '    46  01                                   protocol status 1: CANT_MPX_CONN',
      '    47  00 00 00                             reserved',
    ]);
  });

  test('a pair that is cut by the end of a record: its pieces, and whole where it ends', () => {
    const cutInValue = hex`
      01 04 00 07 00 09 00 00   01 01 41 62   04 03 50 41 54
      01 04 00 07 00 02 00 00   48 2f
      01 04 00 07 00 06 00 00   61 62   01 01 42 63
      01 04 00 07 00 00 00 00
    `;
    expect(annotateRecords(cutInValue, { width: 100 })).toEqual([
      '     0  01 04 00 07 00 09 00 00              version 1, PARAMS, request 7, 9 bytes, padding 0',
      '     8  01 01 41                             lengths 1 and 1, name: A',
      '    11  62                                   value, 1 byte: b',
      '    12  04 03 50 41 54                       5 of the 9 bytes of a pair, cut off here',
      '    17  01 04 00 07 00 02 00 00              version 1, PARAMS, request 7, 2 bytes, padding 0',
      '    25  48 2f                                2 more bytes of that pair, cut off again',
      '    27  01 04 00 07 00 06 00 00              version 1, PARAMS, request 7, 6 bytes, padding 0',
      '    35  61 62                                the last 2 bytes of that pair: PATH = /ab',
      '    37  01 01 42                             lengths 1 and 1, name: B',
      '    40  63                                   value, 1 byte: c',
      '    41  01 04 00 07 00 00 00 00              version 1, PARAMS, request 7, 0 bytes: end, padding 0',
    ]);
  });

  test('a pair that is cut inside of its lengths', () => {
    // Name of 1 byte, value of 2 in the long form of a length: 01 80 00 00 02.
    const cut = hex`
      01 04 00 01 00 02 00 00   01 80
      01 04 00 01 00 02 00 00   00 00
      01 04 00 01 00 04 00 00   02 41 62 63
      01 04 00 01 00 00 00 00
    `;
    expect(meanings(cut).filter((line) => !line.startsWith('version'))).toEqual([
      '2 bytes of the lengths of a pair, cut off here',
      '2 more bytes of that pair, cut off again',
      'the last 4 bytes of that pair: A = bc',
    ]);
  });

  test('pairs of two requests at once are kept apart', () => {
    const both = hex`
      01 04 00 01 00 02 00 00   01 01
      01 04 00 02 00 04 00 00   01 01 42 62
      01 04 00 01 00 02 00 00   41 61
    `;
    expect(meanings(both).filter((line) => !line.startsWith('version'))).toEqual([
      '2 of the 4 bytes of a pair, cut off here',
      'lengths 1 and 1, name: B',
      'value, 1 byte: b',
      'the last 2 bytes of that pair: A = a',
    ]);
  });

  test('KEEP_CONN, other roles, types and statuses', () => {
    expect(meanings(hex`01 01 00 01 00 08 00 00 00 03 01 00 00 00 00 00`).slice(1, 3)).toEqual([
      'role 3: FILTER',
      'flags 1: KEEP_CONN, the web server closes the connection',
    ]);
    expect(meanings(hex`01 01 00 01 00 08 00 00 00 09 00 00 00 00 00 00`)[1]).toBe('role 9');
    expect(meanings(hex`01 03 00 01 00 08 00 00 00 00 00 00 09 00 00 00`)[2]).toBe('protocol status 9');
    expect(meanings(hex`01 02 00 01 00 00 00 00`)).toEqual([
      'version 1, ABORT_REQUEST, request 1, 0 bytes, padding 0',
    ]);
    expect(meanings(hex`01 63 00 00 00 02 00 00 68 69`)).toEqual([
      'version 1, type 99, request 0, 2 bytes, padding 0',
      'content of type 99, 2 bytes: hi',
    ]);
  });

  test('management records', () => {
    expect(meanings(hex`01 09 00 00 00 03 00 00 01 00 41`)).toEqual([
      'version 1, GET_VALUES, request 0, 3 bytes, padding 0',
      'lengths 1 and 0, name: A',
    ]);
    expect(meanings(hex`01 0b 00 00 00 08 00 00 63 00 00 00 00 00 00 00`)).toEqual([
      'version 1, UNKNOWN_TYPE, request 0, 8 bytes, padding 0',
      'type 99 is not known',
      'reserved',
    ]);
  });

  test('maxPairs: the others are one line; a body is cut to the width', () => {
    expect(annotateRecords(GET, { width: 130, maxPairs: 1 })[7]).toBe('    43  … 1 more pair in 14 bytes');
    const body = Uint8Array.from([...hex`01 05 00 01 01 00 00 00`, ...new Uint8Array(256).fill(0x61)]);
    expect(annotateRecords(body, { width: 60 })).toEqual([
      '     0  01 05 00 01 01 …   version 1, STDIN, request 1, 256…',
      '     8  61 61 61 61 61 …   STDIN, 256 bytes: aaaaaaaaaaaaaa…',
    ]);
  });

  test('colours on request, and only then', () => {
    expect(annotateRecords(GET, { width: 130 }).join('\n')).not.toContain('\x1b');
    const painted = annotateRecords(GET, { width: 130, color: true });
    expect(painted[6]).toContain('\x1b[32m47 45 54\x1b[39m');
    expect(painted.map((line) => line.replace(/\x1b\[[0-9]+m/g, ''))).toEqual(GET_LINES);
  });

  test('a width that holds nothing is refused', () => {
    expect(() => annotateRecords(GET, { width: 59 })).toThrow(
      new RangeError('width is 59, expected 60 or more'),
    );
  });
});

describe('what is wrong', () => {
  test.each([
    [
      'another version',
      hex`02 01 00 01`,
      [
        '     0  02 01 00 01                          4 bytes that are no record',
        '        ! version 2, expected 1 (FCGI_BAD_VERSION at byte 0)',
      ],
    ],
    [
      'half a header',
      hex`01 04 00`,
      [
        '     0  01 04 00                             3 bytes that are no whole header',
        '        ! cut short: 3 of the 8 bytes of a header are there',
      ],
    ],
    [
      'half a record',
      hex`01 04 00 01 00 06 02 00 01 01 41 62`,
      [
        '     8  01 01 41                             lengths 1 and 1, name: A',
        '    11  62                                   value, 1 byte: b',
        '        ! cut short: 12 of the 16 bytes of this record are there',
      ],
    ],
    [
      'a body of the wrong length, and what follows',
      hex`01 01 00 01 00 02 00 00 00 01 01 02 00 01 00 00 00 00`,
      [
        '     8  00 01                                content of type 1, 2 bytes',
        '        ! 2 bytes on type 1, expected 8 (FCGI_BAD_BODY_LENGTH at byte 4, request 1)',
        '    10  … 8 bytes after that',
      ],
    ],
    [
      'a stream of no request',
      hex`01 05 00 00 00 00 00 00`,
      [
        '     0  01 05 00 00 00 00 00 00              version 1, STDIN, request 0, 0 bytes: end, padding 0',
        '        ! id 0 on type 5 (FCGI_BAD_REQUEST_ID at byte 2)',
      ],
    ],
    [
      'parameters that end inside of a pair',
      hex`01 04 00 01 00 03 00 00 04 03 50 01 04 00 01 00 00 00 00`,
      [
        '     8  04 03 50                             3 of the 9 bytes of a pair, cut off here',
        '    11  01 04 00 01 00 00 00 00              version 1, PARAMS, request 1, 0 bytes: end, padding 0',
        '        ! pair 0 of 3 bytes (FCGI_PAIR_OVERRUN at byte 0) in PARAMS (FCGI_PAIR_OVERRUN at byte 11, request 1)',
      ],
    ],
    [
      'a length of 2 GiB',
      hex`01 09 00 00 00 06 00 00 ff ff ff ff 01 41`,
      [
        '     8  ff ff ff ff 01 41                    6 of the 2,147,483,653 bytes of a pair, cut off here',
        '        ! pair 0 of 6 bytes (FCGI_PAIR_OVERRUN at byte 8)',
      ],
    ],
  ])('%s', (_, bytes, lines) => {
    expect(annotateRecords(bytes, { width: 100 }).slice(-lines.length)).toEqual(lines);
  });

  test('any bytes give lines within the width', () => {
    // Mostly records with few bytes, so that many of them are read through.
    const record = fc
      .tuple(fc.nat(12), fc.nat(2), fc.uint8Array({ maxLength: 20 }), fc.nat(3), fc.boolean())
      .map(([type, id, content, padding, small]) => [
        ...[1, type, 0, id, 0, content.length, padding, 0],
        ...content.map((byte) => (small ? byte % 7 : byte)),
        ...new Uint8Array(padding),
      ]);
    const bytes = fc
      .tuple(fc.array(record, { maxLength: 12 }), fc.uint8Array({ maxLength: 12 }), fc.nat(400))
      .map(([records, rest, size]) => Uint8Array.from([...records.flat(), ...rest]).subarray(0, size));
    const width = fc.integer({ min: 60, max: 160 });
    const maxPairs = fc.nat(3);
    fc.assert(
      fc.property(bytes, width, maxPairs, (input, columns, most) => {
        for (const line of annotateRecords(input, { width: columns, maxPairs: most })) {
          if (!line.startsWith('        !')) expect(Array.from(line).length).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: 500 },
    );
  });
});
