import { FcgiDecoder, FcgiProtocolError } from '@gatewire/fastcgi';
import type { FcgiDecodeOptions, FcgiEvent } from '@gatewire/fastcgi';
import { ascii, bytewise, drain, hex, joinFragments, randomCuts, wholeAndBytewise } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure } from './failure.js';

// The smallest useful request: id 1, the application closes.
const GET = hex`
  01 01 00 01 00 08 00 00   00 01 00 00 00 00 00 00
  01 04 00 01 00 3a 06 00
  0e 03 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 47 45 54
  0b 01 52 45 51 55 45 53 54 5f 55 52 49 2f
  0f 08 53 45 52 56 45 52 5f 50 52 4f 54 4f 43 4f 4c 48 54 54 50 2f 31 2e 30
  00 00 00 00 00 00
  01 04 00 01 00 00 00 00
  01 05 00 01 00 00 00 00`;
const GET_PAIRS = ['REQUEST_METHOD', 'GET', 'REQUEST_URI', '/', 'SERVER_PROTOCOL', 'HTTP/1.0'];
const GET_EVENTS: FcgiEvent[] = [
  { kind: 'begin', requestId: 1, role: 1, flags: 0 },
  { kind: 'params', requestId: 1, pairs: GET_PAIRS },
  { kind: 'dataEnd', requestId: 1, stream: 5 },
];

// A response with STDERR inside the header, CR and LF in different records, padding everywhere.
const RESPONSE = hex`
  01 06 00 01 00 16 02 00  ${ascii('Status: 404 Not Found\r')} 00 00
  01 07 00 01 00 05 03 00  ${ascii('oops\n')} 00 00 00
  01 06 00 01 00 21 07 00  ${ascii('\nContent-Type: text/plain\r\n\r\ngone')} 00 00 00 00 00 00 00
  01 06 00 01 00 00 00 00
  01 03 00 01 00 08 00 00  00 00 00 03 00 00 00 00`;
const RESPONSE_EVENTS: FcgiEvent[] = [
  { kind: 'data', requestId: 1, stream: 6, data: ascii('Status: 404 Not Found\r') },
  { kind: 'data', requestId: 1, stream: 7, data: ascii('oops\n') },
  { kind: 'data', requestId: 1, stream: 6, data: ascii('\nContent-Type: text/plain\r\n\r\ngone') },
  { kind: 'dataEnd', requestId: 1, stream: 6 },
  { kind: 'end', requestId: 1, appStatus: 3, protocolStatus: 0 },
];

// Management records of both sides, an abort, types that are not defined.
const REST = hex`
  01 09 00 00 00 24 00 00  0e 00 ${ascii('FCGI_MAX_CONNS')}  0f 00 ${ascii('FCGI_MPXS_CONNS')}  01 00 58
  01 0a 00 00 00 12 06 00  0f 01 ${ascii('FCGI_MPXS_CONNS1')}  ff fe fd fc fb fa
  01 0b 00 00 00 08 00 00  0c 00 00 00 00 00 00 00
  01 02 00 03 00 00 00 00
  01 0c 00 00 00 02 01 00  aa bb  cc
  01 00 ff ff 00 00 00 ff
  01 08 00 05 00 01 07 00  64  00 00 00 00 00 00 00
  01 08 00 05 00 00 00 00`;
const REST_EVENTS: FcgiEvent[] = [
  { kind: 'values', result: false, pairs: ['FCGI_MAX_CONNS', '', 'FCGI_MPXS_CONNS', '', 'X', ''] },
  { kind: 'values', result: true, pairs: ['FCGI_MPXS_CONNS', '1'] },
  { kind: 'unknownType', type: 12 },
  { kind: 'abort', requestId: 3 },
  { kind: 'unknown', requestId: 0, type: 12 },
  { kind: 'unknown', requestId: 65_535, type: 0 },
  { kind: 'data', requestId: 5, stream: 8, data: ascii('d') },
  { kind: 'dataEnd', requestId: 5, stream: 8 },
];

const run = (chunks: Iterable<Uint8Array>, options?: FcgiDecodeOptions) => {
  const { events, error } = drain(new FcgiDecoder(options), chunks);
  return { events: joinFragments(events), error };
};
const failure = (bytes: Uint8Array, options?: FcgiDecodeOptions): string => {
  const seen = new Set<string>();
  for (const { chunks } of wholeAndBytewise(bytes)) seen.add(describeFailure(run(chunks, options).error));
  return [...seen].join(' or ');
};

describe('FcgiDecoder', () => {
  describe.each([
    ['a request', GET, GET_EVENTS],
    ['a response', RESPONSE, RESPONSE_EVENTS],
    ['management and the rest', REST, REST_EVENTS],
  ])('spec: %s', (_, bytes, events) => {
    test.each(wholeAndBytewise(bytes))('$name', ({ chunks }) => {
      expect(run(chunks)).toEqual({ events, error: null });
    });

    test('at random cuts', () => {
      fc.assert(
        fc.property(randomCuts(bytes), (chunks) => {
          expect(run(chunks)).toEqual({ events, error: null });
        }),
      );
    });

    test('invalid: every prefix that is not a boundary of records is FCGI_TRUNCATED at its end', () => {
      const boundaries = new Set([0]);
      for (let at = 0; at < bytes.length;) {
        at += 8 + bytes[at + 4] * 256 + bytes[at + 5] + bytes[at + 6];
        boundaries.add(at);
      }
      for (let length = 0; length < bytes.length; length++) {
        const { error } = run([bytes.subarray(0, length)]);
        if (boundaries.has(length)) expect(error).toBeNull();
        else expect(describeFailure(error)).toBe(`FCGI_TRUNCATED at ${length}`);
      }
    });
  });

  test('spec: a length in two records: 0x80 0x00 and 0x00 0x80', () => {
    const bytes = hex`
      01 04 00 01 00 03 00 00   06 80 00
      01 04 00 01 00 88 00 00   00 80  ${ascii(`HTTP_B${'v'.repeat(128)}`)}
      01 04 00 01 00 00 00 00`;
    for (const { chunks } of wholeAndBytewise(bytes)) {
      expect(run(chunks).events).toEqual([
        { kind: 'params', requestId: 1, pairs: ['HTTP_B', 'v'.repeat(128)] },
      ]);
    }
  });

  test('parameters of several requests, their records mixed, every byte in a record of its own', () => {
    const block = hex`01 01 41 31 02 00 42 43`;
    const mixed = Array.from(
      block,
      (byte) => hex`
      01 04 00 01 00 01 00 00 ${byte}
      01 04 01 00 00 01 02 00 ${byte} ff ff`,
    );
    const bytes = Buffer.concat([...mixed, hex`01 04 01 00 00 00 00 00  01 04 00 01 00 00 00 00`]);
    const pairs = ['A', '1', 'BC', ''];
    for (const { chunks } of wholeAndBytewise(bytes)) {
      expect(run(chunks).events).toEqual([
        { kind: 'params', requestId: 256, pairs },
        { kind: 'params', requestId: 1, pairs },
      ]);
    }
  });

  test('255 bytes of padding, of any value, on everything, on empty records too', () => {
    const padding = Uint8Array.from({ length: 255 }, (_, i) => (i % 2 === 0 ? 1 : 0xff));
    const bytes = hex`
      01 01 00 01 00 08 ff 00   00 01 00 00 00 00 00 00 ${padding}
      01 04 00 01 00 03 ff 99   01 00 41 ${padding}
      01 04 00 01 00 00 ff 00   ${padding}
      01 05 00 01 00 02 ff 00   68 69 ${padding}
      01 05 00 01 00 00 ff 00   ${padding}`;
    for (const { chunks } of wholeAndBytewise(bytes)) {
      expect(run(chunks)).toEqual({
        events: [
          { kind: 'begin', requestId: 1, role: 1, flags: 0 },
          { kind: 'params', requestId: 1, pairs: ['A', ''] },
          { kind: 'data', requestId: 1, stream: 5, data: ascii('hi') },
          { kind: 'dataEnd', requestId: 1, stream: 5 },
        ],
        error: null,
      });
    }
  });

  test('65,535 bytes with 255 of padding: the next record begins behind both', () => {
    const bytes = Buffer.concat([
      hex`01 06 00 01 ff ff ff 00`,
      new Uint8Array(65_535).fill(1),
      new Uint8Array(255).fill(1),
      hex`01 06 00 01 00 00 00 00`,
    ]);
    const { events, error } = run([bytes.subarray(0, 40_000), bytes.subarray(40_000)]);
    expect(error).toBeNull();
    const [first, ...rest] = events;
    expect(rest).toEqual([{ kind: 'dataEnd', requestId: 1, stream: 6 }]);
    // Not `toEqual`, which takes half a second for it.
    expect(first.kind === 'data' && Buffer.compare(first.data, new Uint8Array(65_535).fill(1))).toBe(0);
  });

  test('8,192 records of one byte in one chunk', () => {
    const bytes = Buffer.concat(
      Array.from({ length: 8192 }, (_, i) => hex`01 05 00 01 00 01 00 00 ${i & 0xff}`),
    );
    const { events, error } = drain(new FcgiDecoder(), [bytes]);
    expect(error).toBeNull();
    expect(events).toHaveLength(8192);
    expect(joinFragments(events)).toEqual([
      { kind: 'data', requestId: 1, stream: 5, data: Uint8Array.from({ length: 8192 }, (_, i) => i) },
    ]);
  });

  test('fragments are views of the chunk: nothing is gathered', () => {
    const decoder = new FcgiDecoder();
    decoder.receive(hex`01 06 00 01 ea 60 00 00`);
    expect(decoder.next()).toBeNull();
    for (let i = 0; i < 58; i++) {
      const chunk = new Uint8Array(1024).fill(i);
      decoder.receive(chunk);
      const event = decoder.next();
      expect(event).toMatchObject({ kind: 'data', requestId: 1, stream: 6 });
      expect(event?.kind === 'data' && event.data.buffer).toBe(chunk.buffer);
      expect(decoder.next()).toBeNull();
    }
    expect(decoder.offset).toBe(8 + 58 * 1024);
  });

  test.each([
    ['version 0', hex`00 01 00 01 00 08 00 00`, 'FCGI_BAD_VERSION at 0'],
    ['version 2 alone', hex`02`, 'FCGI_BAD_VERSION at 0'],
    ['an HTTP request', ascii('GET / HTTP/1.0\r\n\r\n'), 'FCGI_BAD_VERSION at 0'],
    ['a version behind a record', hex`01 05 00 01 00 00 02 00 aa bb 09`, 'FCGI_BAD_VERSION at 10'],
    ['STDIN on id 0', hex`01 05 00 00 00 00 00 00`, 'FCGI_BAD_REQUEST_ID at 2'],
    ['STDOUT on id 0', hex`01 06 00 00 00 01 00 00 61`, 'FCGI_BAD_REQUEST_ID at 2'],
    ['GET_VALUES on id 1', hex`01 09 00 01 00 00 00 00`, 'FCGI_BAD_REQUEST_ID at 2'],
    ['UNKNOWN_TYPE on id 256', hex`01 0b 01 00 00 08 00 00`, 'FCGI_BAD_REQUEST_ID at 2'],
    ['BEGIN of 7 bytes', hex`01 01 00 01 00 07 01 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['BEGIN of 9 bytes', hex`01 01 00 01 00 09 00 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['END without a body', hex`01 03 00 01 00 00 00 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['END of 7 bytes', hex`01 03 00 01 00 07 00 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['ABORT with a body', hex`01 02 00 01 00 01 00 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['UNKNOWN_TYPE of 264 bytes', hex`01 0b 00 00 01 08 00 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['a stray byte in GET_VALUES', hex`01 09 00 00 00 04 00 00  01 00 41 07`, 'FCGI_PAIR_CUT at 11'],
    ['an overrun in a result', hex`01 0a 00 00 00 04 00 00  01 09 41 07`, 'FCGI_PAIR_OVERRUN at 8'],
    // Parameters are judged where they end.
    ['a stray byte', hex`01 04 00 01 00 01 01 00 07 00  01 04 00 01 00 00 00 00`, 'FCGI_PAIR_CUT at 10'],
    [
      'a pair over two records that has no end',
      hex`01 04 00 01 00 02 00 00 01 09  01 04 00 01 00 01 00 00 41  01 04 00 01 00 00 00 00`,
      'FCGI_PAIR_OVERRUN at 19',
    ],
    [
      'the largest lengths',
      hex`01 04 00 01 00 08 00 00 ff ff ff ff ff ff ff ff  01 04 00 01 00 00 00 00`,
      'FCGI_PAIR_OVERRUN at 16',
    ],
    ['a NUL', hex`01 04 00 01 00 03 00 00 01 00 00  01 04 00 01 00 00 00 00`, 'FCGI_NUL at 11'],
  ])('invalid: %s', (_, bytes, expected) => {
    expect(failure(bytes)).toBe(expected);
  });

  test('a failure is final: the same object from every method, after the events before it', () => {
    const decoder = new FcgiDecoder();
    decoder.receive(hex`01 02 00 01 00 00 00 00 63`);
    expect(decoder.next()).toEqual({ kind: 'abort', requestId: 1 });
    const thrown: unknown[] = [];
    for (const call of [
      () => decoder.next(),
      () => decoder.next(),
      () => decoder.receive(hex`01`),
      () => decoder.finish(),
    ]) {
      try {
        call();
      } catch (error) {
        thrown.push(error);
      }
    }
    expect(thrown).toHaveLength(4);
    expect(new Set(thrown).size).toBe(1);
    expect(describeFailure(thrown[0])).toBe('FCGI_BAD_VERSION at 8');
  });

  test('an error names the request', () => {
    const { error } = run([hex`01 01 12 34 00 07 00 00`]);
    expect(error).toMatchObject({ requestId: 0x1234, name: 'FcgiProtocolError' });
    expect((error as Error).message).toBe(
      '7 bytes on type 1, expected 8 (FCGI_BAD_BODY_LENGTH at byte 4, request 4660)',
    );
  });

  test('misuse is a TypeError, a limit out of range a RangeError', () => {
    const decoder = new FcgiDecoder();
    expect(() => decoder.receive('text' as never)).toThrow(TypeError);
    decoder.receive(GET);
    expect(() => decoder.receive(GET)).toThrow(/before next\(\) gave null/);
    const ended = new FcgiDecoder();
    ended.finish();
    expect(() => ended.receive(GET)).toThrow(/after finish/);
    for (const name of ['maxParamsBytes', 'maxPairs', 'maxRequests', 'maxValuesBytes']) {
      for (const value of [-1, 0.5, NaN, Infinity, 2 ** 31]) {
        const error = new RangeError(`${name} is ${value}, expected 0 to 2147483647`);
        expect(() => new FcgiDecoder({ [name]: value })).toThrow(error);
      }
      expect(() => new FcgiDecoder({ [name]: 2 ** 31 - 1 })).not.toThrow();
    }
  });

  test('any bytes: events or our error, the same at every chunking', () => {
    const valid = fc.constantFrom(GET, RESPONSE, REST);
    const changed = valid.chain((bytes) =>
      fc
        .array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((changes) => {
          const copy = bytes.slice();
          for (const [at, byte] of changes) copy[at] = byte;
          return copy;
        }),
    );
    const records = fc
      .array(fc.tuple(fc.nat(12), fc.nat(3), fc.uint8Array({ maxLength: 12 }), fc.nat(9)), { maxLength: 8 })
      .map((list) =>
        Buffer.concat(
          list.map(
            ([type, id, content, padding]) =>
              hex`01 ${type} 00 ${id} 00 ${content.length} ${padding} 00 ${content} ${new Uint8Array(padding)}`,
          ),
        ),
      );
    const cut = fc
      .oneof(fc.uint8Array({ maxLength: 60 }), changed, records)
      .chain((bytes) => fc.tuple(fc.constant(bytes), randomCuts(bytes)));
    fc.assert(
      fc.property(cut, ([bytes, chunks]) => {
        const whole = run([bytes]);
        for (const other of [run(chunks), run(bytewise(bytes))]) {
          expect(other.events).toEqual(whole.events);
          expect(other.error).toEqual(whole.error);
        }
        if (whole.error !== null) expect(whole.error).toBeInstanceOf(FcgiProtocolError);
      }),
      { numRuns: 2000 },
    );
  });
});
