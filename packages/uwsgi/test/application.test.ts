import { ascii, drain, hex, joinFragments, randomCuts, thrownBy, wholeAndBytewise } from '@gatewire/testkit';
import { encodePacket, UwsgiApplication, UwsgiProtocolError } from '@gatewire/uwsgi';
import type { UwsgiRequestEvent } from '@gatewire/uwsgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure } from './failure.js';

// A POST with a body of three bytes; the body is not in the datasize.
const POST = hex`
  00 37 00 00
  0e 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44   04 00 50 4f 53 54
  0e 00 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48   01 00 33
  08 00 48 54 54 50 5f 58 5f 4e   02 00 c3 a9
  61 3d 62`;
const POST_PAIRS = ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '3', 'HTTP_X_N', '\u00c3\u00a9'];
const POST_EVENTS: UwsgiRequestEvent[] = [
  { kind: 'request', requestId: 0, modifier1: 0, modifier2: 0, pairs: POST_PAIRS, contentLength: 3 },
  { kind: 'body', requestId: 0, data: ascii('a=b') },
  { kind: 'bodyEnd', requestId: 0 },
];

const run = (chunks: Iterable<Uint8Array>): { events: UwsgiRequestEvent[]; error: unknown } => {
  const { events, error } = drain(new UwsgiApplication(), chunks);
  return { events: joinFragments(events), error };
};
const kinds = (events: readonly UwsgiRequestEvent[]): string => events.map((event) => event.kind).join(' ');
const packet = (pairs: readonly string[]): Uint8Array => encodePacket(0, 0, pairs);
const errorFor = (pairs: readonly string[]): string => describeFailure(run([packet(pairs)]).error);

describe('UwsgiApplication', () => {
  test.each(wholeAndBytewise(POST))('spec: a POST with its body, $name', ({ chunks }) => {
    expect(run(chunks)).toEqual({ events: POST_EVENTS, error: null });
  });

  test('a POST with its body, at random cuts', () => {
    fc.assert(
      fc.property(randomCuts(POST), (chunks) => {
        expect(run(chunks)).toEqual({ events: POST_EVENTS, error: null });
      }),
    );
  });

  test.each([
    ['absent', []],
    ['empty, as nginx sends it', ['CONTENT_LENGTH', '']],
    ['0', ['CONTENT_LENGTH', '0']],
    ['000', ['CONTENT_LENGTH', '000']],
  ])('CONTENT_LENGTH %s: no body', (_, pairs) => {
    const { events, error } = run([packet(['REQUEST_METHOD', 'GET', ...pairs])]);
    expect(error).toBeNull();
    expect(kinds(events)).toBe('request bodyEnd');
  });

  test.each(['+5', '-1', ' 5', '5 ', '0x5', '1_0', '5,5', '3x', '1e3', '5.0', '1234567890123456'])(
    'invalid: CONTENT_LENGTH %j',
    (text) => {
      expect(errorFor(['CONTENT_LENGTH', text])).toBe('UWSGI_BAD_CONTENT_LENGTH at 4');
    },
  );

  test('invalid: CONTENT_LENGTH twice, even when both agree', () => {
    expect(errorFor(['CONTENT_LENGTH', '5', 'A', 'b', 'CONTENT_LENGTH', '5'])).toBe(
      'UWSGI_BAD_CONTENT_LENGTH at 4',
    );
  });

  test('CONTENT_LENGTH of 15 digits is taken', () => {
    const { events } = run([packet(['CONTENT_LENGTH', '999999999999999'])]);
    expect(events[0]).toMatchObject({ contentLength: 999_999_999_999_999 });
  });

  test('HTTP_TRANSFER_ENCODING beside CONTENT_LENGTH is a memory of it: the length counts', () => {
    const chunks = [packet(['CONTENT_LENGTH', '2', 'HTTP_TRANSFER_ENCODING', 'chunked']), ascii('hi')];
    expect(kinds(run(chunks).events)).toBe('request body bodyEnd');
  });

  test.each([[[]], [['CONTENT_LENGTH', '']]])('invalid: HTTP_TRANSFER_ENCODING with %j', (pairs) => {
    expect(errorFor(['HTTP_TRANSFER_ENCODING', 'chunked', ...pairs])).toBe('UWSGI_LENGTH_REQUIRED at 4');
  });

  test('bytes past CONTENT_LENGTH are dropped, never read as a request', () => {
    const application = new UwsgiApplication();
    const { events, error } = drain(application, [new Uint8Array([...POST, ...POST])], { finish: false });
    expect(error).toBeNull();
    expect(kinds(events)).toBe('request body bodyEnd');
    application.receive(POST);
    expect(application.next()).toBeNull();
    expect(application.offset).toBe(3 * POST.length);
  });

  test('the input ends inside the body: abort instead of bodyEnd', () => {
    for (const { chunks } of wholeAndBytewise(POST.subarray(0, POST.length - 1))) {
      const { events, error } = run(chunks);
      expect(error).toBeNull();
      expect(kinds(events)).toBe('request body abort');
    }
    expect(kinds(run([POST.subarray(0, POST.length - 3)]).events)).toBe('request abort');
  });

  test('invalid: the input ends inside the packet: no request at all', () => {
    for (let length = 1; length < POST.length - 3; length++) {
      const { events, error } = run([POST.subarray(0, length)]);
      expect(events).toEqual([]);
      expect(describeFailure(error)).toBe(`UWSGI_TRUNCATED at ${length}`);
    }
  });

  test('a connection without a byte is no error', () => {
    expect(run([])).toEqual({ events: [], error: null });
  });

  test('invalid: a packet with a broken block is no request, and the offset counts from the connection', () => {
    const { events, error } = run([hex`00 08 00 00  ff ff 01 00 41 01 00 31`]);
    expect(events).toEqual([]);
    expect(describeFailure(error)).toBe('UWSGI_KEY_OVERRUN at 4');
    expect(describeFailure(run([hex`00 06 00 00  01 00 41 00 00  07`]).error)).toBe('UWSGI_STRAY_BYTE at 9');
  });

  test('invalid: a datasize of 0', () => {
    expect(describeFailure(run([hex`00 00 00 00`]).error)).toBe('UWSGI_EMPTY_REQUEST at 4');
  });

  test('invalid: a modifier1 that is no web request here; modifier2 is passed on', () => {
    expect(describeFailure(run([hex`64 00 00 00`]).error)).toBe('UWSGI_UNSUPPORTED_MODIFIER at 0');
    expect(describeFailure(run([hex`05 05 00 00 01 00 41 00 00`]).error)).toBe(
      'UWSGI_UNSUPPORTED_MODIFIER at 0',
    );
    const perl = drain(new UwsgiApplication({ modifiers: [0, 5] }), [hex`05 05 00 09 01 00 41 00 00`]);
    expect(perl.events[0]).toMatchObject({ kind: 'request', modifier1: 5, modifier2: 9, pairs: ['A', ''] });
  });

  test('a failure is final: the same object from every method', () => {
    const application = new UwsgiApplication();
    application.receive(hex`00 00 00 00`);
    const thrown = [
      () => application.next(),
      () => application.receive(hex`00`),
      () => application.finish(),
    ].map(thrownBy);
    expect(thrown[0]).toBeInstanceOf(UwsgiProtocolError);
    expect(new Set(thrown).size).toBe(1);
  });

  test('any bytes: events or a UwsgiProtocolError, the same at every chunking', () => {
    fc.assert(
      fc.property(
        fc
          .oneof(
            fc.uint8Array({ maxLength: 60 }),
            // Near misses: the worked example with one byte changed.
            fc.tuple(fc.nat(POST.length - 1), fc.nat(255)).map(([at, byte]) => {
              const bytes = POST.slice();
              bytes[at] = byte;
              return bytes;
            }),
          )
          .chain((bytes) => fc.tuple(fc.constant(bytes), randomCuts(bytes))),
        ([bytes, chunks]) => {
          const whole = run([bytes]);
          const cut = run(chunks);
          expect(cut.events).toEqual(whole.events);
          expect(cut.error).toEqual(whole.error);
          if (whole.error !== null) expect(whole.error).toBeInstanceOf(UwsgiProtocolError);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
