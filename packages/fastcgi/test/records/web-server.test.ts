import { FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiResponseEvent, FcgiWebServerOptions } from '@gatewire/fastcgi';
import { ascii, drain, hex, joinFragments, randomCuts, wholeAndBytewise } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure } from './failure.js';
import { begin, data, endRequest, joined, params, record, stdin, stdout } from './wire.js';

/** With requests 1 to `count` sent. */
const sent = (count: number = 1, options: FcgiWebServerOptions = { maxRequests: 9 }): FcgiWebServer => {
  const server = new FcgiWebServer(options);
  for (let i = 0; i < count; i++) server.params(server.begin(), []);
  return server;
};
const run = (chunks: Iterable<Uint8Array>, server: FcgiWebServer = sent()) => {
  const { events, error } = drain(server, chunks);
  return { events: joinFragments(events), error };
};
const kinds = (events: readonly FcgiResponseEvent[]): string => events.map(({ kind }) => kind).join(' ');

const RESPONSE = joined(
  record(6, 1, ascii('Status: 404 Not Found\r'), 2),
  record(7, 1, ascii('oops\n'), 3),
  record(6, 1, ascii('\n\r\ngone'), 255),
  record(6, 1, new Uint8Array(0), 255),
  record(7, 1),
  endRequest(1, 3),
);
const RESPONSE_EVENTS: FcgiResponseEvent[] = [
  { kind: 'stdout', requestId: 1, data: ascii('Status: 404 Not Found\r') },
  { kind: 'stderr', requestId: 1, data: ascii('oops\n') },
  { kind: 'stdout', requestId: 1, data: ascii('\n\r\ngone') },
  { kind: 'stdoutEnd', requestId: 1 },
  { kind: 'end', requestId: 1, appStatus: 3, protocolStatus: 0 },
];

describe('requests', () => {
  test('spec: a GET', () => {
    const server = new FcgiWebServer();
    const id = server.begin();
    const out = joined(...server.params(id, ['REQUEST_METHOD', 'GET']), ...server.stdinEnd(id));
    expect(out).toEqual(
      hex`01 01 00 01 00 08 00 00  00 01 00 00 00 00 00 00
          01 04 00 01 00 13 05 00  0e 03 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 47 45 54  00 00 00 00 00
          01 04 00 01 00 00 00 00
          01 05 00 01 00 00 00 00`,
    );
  });

  test('spec: a POST; the body is the memory of the caller', () => {
    const server = new FcgiWebServer();
    const id = server.begin(1, 1);
    expect(server.params(id, ['CONTENT_LENGTH', '8'])[0]).toEqual(begin(1, 1, 1));
    const body = ascii('12345678');
    const chunks = server.stdin(id, body);
    expect(chunks).toEqual([hex`01 05 00 01 00 08 00 00`, body]);
    expect(chunks[1]).toBe(body);
    expect(server.stdinEnd(id)).toEqual([stdin(1)]);
  });

  test('spec: a filter', () => {
    const server = new FcgiWebServer();
    const id = server.begin(3);
    server.params(id, ['FCGI_DATA_LENGTH', '8']);
    expect(() => server.data(id, ascii('x'))).toThrow(TypeError);
    server.stdinEnd(id);
    expect(() => server.stdin(id, ascii('x'))).toThrow(TypeError);
    expect(joined(...server.data(id, ascii('the file')))).toEqual(data(1, ascii('the file')));
    expect(server.dataEnd(id)).toEqual([data(1)]);
    expect(() => server.dataEnd(id)).toThrow(TypeError);
  });

  test('ids are the smallest that are free; maxRequests are open at once, one by default', () => {
    const server = new FcgiWebServer({ maxRequests: 3 });
    const ids = [server.begin(), server.begin(), server.begin()];
    expect(ids).toEqual([1, 2, 3]);
    expect(() => server.begin()).toThrow(RangeError);
    for (const id of ids) server.params(id, []);
    drain(server, [endRequest(2)], { finish: false });
    expect(server.openRequests).toBe(2);
    expect(server.begin()).toBe(2);
    const one = new FcgiWebServer();
    one.begin();
    expect(() => one.begin()).toThrow(/1 requests are open/);
  });

  test('what does not fit its field is a RangeError, and no request is open then', () => {
    const server = new FcgiWebServer();
    expect(() => server.begin(65_536)).toThrow(RangeError);
    expect(() => server.begin(1, 256)).toThrow(RangeError);
    expect(server.begin()).toBe(1);
  });

  test('parameters are refused as a whole, and can be sent then', () => {
    const server = new FcgiWebServer();
    const id = server.begin();
    expect(() => server.params(id, ['A'])).toThrow(TypeError);
    expect(() => server.params(id, ['A', '\0'])).toThrow(RangeError);
    expect(() => server.params(id, ['CONTENT_LENGTH', '5x'])).toThrow(RangeError);
    expect(() => server.params(id, ['CONTENT_LENGTH', '5', 'CONTENT_LENGTH', '5'])).toThrow(RangeError);
    expect(() => server.params(id, ['N', 'v'.repeat(70_000)])).toThrow(RangeError);
    expect(() => server.stdin(id, ascii('x'))).toThrow(TypeError);
    expect(joined(...server.params(id, ['A', 'b']))).toEqual(
      joined(begin(1, 1, 0), record(4, 1, ascii('\x01\x01Ab'), 4), record(4, 1)),
    );
    expect(() => server.params(id, [])).toThrow(TypeError);
  });

  test('longPairs: split cuts what fits in no record', () => {
    const server = new FcgiWebServer({ longPairs: 'split' });
    const [, records] = server.params(server.begin(), ['N', 'v'.repeat(70_000)]);
    expect(records).toHaveLength(8 + 65_528 + 8 + 70_006 - 65_528 + 2 + 8);
  });
});

describe('CONTENT_LENGTH', () => {
  const posting = (pairs: readonly string[], options?: FcgiWebServerOptions): FcgiWebServer => {
    const server = new FcgiWebServer(options);
    server.params(server.begin(), pairs);
    return server;
  };

  test('the body has that many bytes: not more, not fewer', () => {
    const server = posting(['CONTENT_LENGTH', '5']);
    server.stdin(1, ascii('abc'));
    expect(() => server.stdin(1, ascii('def'))).toThrow('3 bytes, CONTENT_LENGTH leaves 2');
    expect(() => server.stdinEnd(1)).toThrow('2 bytes of the body are missing');
    server.stdin(1, ascii('de'));
    expect(server.stdinEnd(1)).toHaveLength(1);
    expect(() => server.stdinEnd(1)).toThrow(TypeError);
  });

  test('without it no body, unless asked for: php-fpm and uWSGI would see none', () => {
    for (const pairs of [[], ['CONTENT_LENGTH', '']]) {
      expect(() => posting(pairs).stdin(1, ascii('x'))).toThrow(RangeError);
      expect(posting(pairs).stdin(1, new Uint8Array(0))).toEqual([]);
      const server = posting(pairs, { bodyWithoutLength: 'accept' });
      expect(server.stdin(1, ascii('x'))).toHaveLength(3);
      expect(server.stdinEnd(1)).toHaveLength(1);
    }
  });

  test('an empty piece makes no record: it would end the body', () => {
    expect(posting(['CONTENT_LENGTH', '5']).stdin(1, new Uint8Array(0))).toEqual([]);
  });
});

describe('responses', () => {
  test.each(wholeAndBytewise(RESPONSE))('spec: with a log line in the head, $name', ({ chunks }) => {
    expect(run(chunks)).toEqual({ events: RESPONSE_EVENTS, error: null });
  });

  test('at random cuts', () => {
    fc.assert(
      fc.property(randomCuts(RESPONSE), (chunks) => {
        expect(run(chunks)).toEqual({ events: RESPONSE_EVENTS, error: null });
      }),
    );
  });

  test('END_REQUEST ends STDOUT too: php-fpm leaves its end out', () => {
    expect(kinds(run([stdout(1, ascii('x')), endRequest(1)]).events)).toBe('stdout end');
  });

  test('END_REQUEST before anything else tells why', () => {
    for (const protocolStatus of [1, 2, 3, 9]) {
      const { events, error } = run([endRequest(1, 0, protocolStatus)]);
      expect(error).toBeNull();
      expect(events).toEqual([{ kind: 'end', requestId: 1, appStatus: 0, protocolStatus }]);
    }
  });

  test('appStatus is unsigned', () => {
    expect(run([hex`01 03 00 01 00 08 00 00  ff ff ff ff 00 6e 64 2e`]).events).toEqual([
      { kind: 'end', requestId: 1, appStatus: 0xffffffff, protocolStatus: 0 },
    ]);
  });

  test('an early end: what is left of the body is not sent', () => {
    const server = new FcgiWebServer();
    server.params(server.begin(), ['CONTENT_LENGTH', '9']);
    expect(run([stdout(1), endRequest(1)], server).error).toBeNull();
    expect(server.stdin(1, ascii('too late'))).toEqual([]);
    expect(server.stdinEnd(1)).toEqual([]);
    expect(server.abort(1)).toEqual([]);
    expect(server.openRequests).toBe(0);
    expect(() => server.stdin(2, ascii('x'))).toThrow(/was not begun/);
  });

  test('several requests at once, answered in another order', () => {
    const bytes = joined(stdout(2, ascii('two')), stdout(1, ascii('one')), endRequest(2), endRequest(1));
    expect(run([bytes], sent(2)).events).toEqual([
      { kind: 'stdout', requestId: 2, data: ascii('two') },
      { kind: 'stdout', requestId: 1, data: ascii('one') },
      { kind: 'end', requestId: 2, appStatus: 0, protocolStatus: 0 },
      { kind: 'end', requestId: 1, appStatus: 0, protocolStatus: 0 },
    ]);
  });

  test('types that are not defined are skipped, whatever their id', () => {
    const bytes = joined(record(99, 1, ascii('Status: 200')), record(0, 0), record(255, 77), RESPONSE);
    expect(run([bytes])).toEqual({ events: RESPONSE_EVENTS, error: null });
  });
});

describe('invalid', () => {
  test.each([
    ['STDOUT for an id that is not open', stdout(2, ascii('x')), 'FCGI_INACTIVE_ID at 2'],
    ['STDOUT for id 257, whose low byte is ours', stdout(257, ascii('x')), 'FCGI_INACTIVE_ID at 2'],
    ['STDOUT for id 0', stdout(0, ascii('x')), 'FCGI_BAD_REQUEST_ID at 2'],
    ['END_REQUEST for id 0', endRequest(0), 'FCGI_BAD_REQUEST_ID at 2'],
    ['a result with an id', record(10, 1), 'FCGI_BAD_REQUEST_ID at 2'],
    ['version 0', hex`00 06 00 01 00 00 00 00`, 'FCGI_BAD_VERSION at 0'],
    ['HTTP', ascii('HTTP/1.1 400 Bad Request'), 'FCGI_BAD_VERSION at 0'],
    ['an end of 7 bytes', hex`01 03 00 01 00 07 01 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['an end without a body', hex`01 03 00 01 00 00 00 00`, 'FCGI_BAD_BODY_LENGTH at 4'],
    ['a second end', joined(endRequest(1), endRequest(1)), 'FCGI_INACTIVE_ID at 18'],
    ['STDOUT behind its end', joined(stdout(1), stdout(1, ascii('x'))), 'FCGI_UNEXPECTED_RECORD at 9'],
    ['the input ends without an end', stdout(1, ascii('x')), 'FCGI_MISSING_END at 9'],
    ['the input ends behind STDOUT', joined(stdout(1, ascii('x')), stdout(1)), 'FCGI_MISSING_END at 17'],
    ['no answer at all', hex``, 'FCGI_MISSING_END at 0'],
    ['the input ends in STDOUT', stdout(1, ascii('xyz')).subarray(0, 10), 'FCGI_TRUNCATED at 10'],
    [
      'the input ends in the padding of END',
      record(3, 1, new Uint8Array(8), 4).subarray(0, 18),
      'FCGI_TRUNCATED at 18',
    ],
    [
      'a pair of a result that passes its end',
      record(10, 0, ascii('\x0f\x09FCGI_MPXS_CONNS1')),
      'FCGI_PAIR_OVERRUN at 8',
    ],
    ['a result of 4,097 bytes', hex`01 0a 00 00 10 01 00 00`, 'FCGI_LIMIT_VALUES at 4'],
  ])('%s', (_, bytes, failure) => {
    for (const { chunks } of wholeAndBytewise(bytes))
      expect(describeFailure(run(chunks).error)).toBe(failure);
  });

  test('an answer before the request was sent', () => {
    const server = new FcgiWebServer();
    server.begin();
    expect(describeFailure(run([stdout(1, ascii('x'))], server).error)).toBe('FCGI_INACTIVE_ID at 2');
  });

  test('a missing end names the request; one that was not sent is not missed', () => {
    const server = sent(2);
    server.begin();
    expect(run([endRequest(1)], server).error).toMatchObject({ code: 'FCGI_MISSING_END', requestId: 2 });
    const idle = new FcgiWebServer();
    idle.begin();
    expect(run([], idle).error).toBeNull();
  });
});

describe('§4 management', () => {
  test('spec: getValues asks for all three, or for what it is told', () => {
    const server = new FcgiWebServer();
    expect(joined(...server.getValues())).toEqual(
      record(9, 0, ascii('\x0e\0FCGI_MAX_CONNS\x0d\0FCGI_MAX_REQS\x0f\0FCGI_MPXS_CONNS'), 0),
    );
    expect(joined(...server.getValues(['X']))).toEqual(record(9, 0, ascii('\x01\0X'), 5));
    expect(() => server.getValues([''])).toThrow(RangeError);
    expect(() => server.getValues(['x'.repeat(70_000)])).toThrow(RangeError);
  });

  test('the answer may be several records, empty ones, in the middle of a response, unasked', () => {
    const bytes = joined(
      record(10, 0, ascii('\x0f\x01FCGI_MPXS_CONNS1'), 6),
      record(10, 0),
      stdout(1, ascii('x')),
      record(11, 0, hex`0c 00 00 00 00 00 00 00`),
      endRequest(1),
    );
    for (const { chunks } of wholeAndBytewise(bytes)) {
      expect(run(chunks).events).toEqual([
        { kind: 'values', pairs: ['FCGI_MPXS_CONNS', '1'] },
        { kind: 'values', pairs: [] },
        { kind: 'stdout', requestId: 1, data: ascii('x') },
        { kind: 'unknownType', type: 12 },
        { kind: 'end', requestId: 1, appStatus: 0, protocolStatus: 0 },
      ]);
    }
  });
});

test('params of the wire helper are those of the web server', () => {
  const server = new FcgiWebServer();
  const [first, second] = server.params(server.begin(1, 1), ['ABCDEF', '']);
  expect(joined(first, second)).toEqual(joined(begin(1), params(1, ['ABCDEF', ''])));
});
