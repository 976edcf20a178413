import { FcgiApplication } from '@gatewire/fastcgi';
import type { FcgiRequestEvent } from '@gatewire/fastcgi';
import { ascii, randomCuts, wholeAndBytewise } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feed, opened, outcome, POST, POST_PAIRS, run } from './run.js';
import { abort, begin, data, endRequest, joined, params, record, stdin, stdout } from './wire.js';

const POST_EVENTS: FcgiRequestEvent[] = [
  { kind: 'request', requestId: 1, role: 1, keepConn: true, pairs: POST_PAIRS, contentLength: 5 },
  { kind: 'body', requestId: 1, data: ascii('hello') },
  { kind: 'bodyEnd', requestId: 1 },
];

describe('§6.2 responder', () => {
  test.each(wholeAndBytewise(POST))('spec: a POST with its body, $name', ({ chunks }) => {
    const { events, error } = run(chunks);
    expect({ events, error }).toEqual({ events: POST_EVENTS, error: null });
  });

  test('at random cuts', () => {
    fc.assert(
      fc.property(randomCuts(POST), (chunks) => {
        expect(run(chunks).events).toEqual(POST_EVENTS);
      }),
    );
  });

  test('no request before its parameters have ended', () => {
    const application = opened(joined(begin(1), record(4, 1, ascii('\x01\x01Ab'))));
    expect(feed(application, record(4, 1))).toEqual([
      { kind: 'request', requestId: 1, role: 1, keepConn: true, pairs: ['A', 'b'], contentLength: null },
    ]);
  });

  test('openRequests: from BEGIN_REQUEST on, until the end; not of one that was refused', () => {
    const application = new FcgiApplication({ mpxsConns: false });
    const open = (bytes: Uint8Array): number => {
      feed(application, bytes);
      return application.openRequests;
    };
    expect(application.openRequests).toBe(0);
    expect(open(begin(1).subarray(0, 15))).toBe(0);
    expect(open(begin(1).subarray(15))).toBe(1);
    expect(open(begin(2))).toBe(1);
    expect(open(params(1, []))).toBe(1);
    application.end(1);
    expect(application.openRequests).toBe(0);
    expect(open(joined(stdin(1, ascii('rest')), stdin(1)))).toBe(0);
    expect(open(joined(begin(3), abort(3)))).toBe(0);
  });

  test('KEEP_CONN is a bit: the others mean nothing', () => {
    for (const [flags, keepConn] of [
      [0, false],
      [1, true],
      [0xff, true],
      [0xfe, false],
    ] as const) {
      const [event] = feed(new FcgiApplication(), joined(begin(1, 1, flags), params(1, [])));
      expect(event).toMatchObject({ kind: 'request', keepConn, pairs: [] });
    }
  });

  test('the largest id', () => {
    expect(outcome(joined(begin(65_535), params(65_535, []), stdin(65_535)))).toBe(
      'request 65535, bodyEnd 65535',
    );
  });
});

describe('CONTENT_LENGTH', () => {
  const post = (length: string[], ...bodies: string[]): Uint8Array =>
    joined(begin(1), params(1, length), ...bodies.map((text) => stdin(1, ascii(text))), stdin(1));

  test.each([
    ['absent', [], null],
    ['empty, as nginx sends it', ['CONTENT_LENGTH', ''], null],
    ['0', ['CONTENT_LENGTH', '0'], 0],
    ['000', ['CONTENT_LENGTH', '000'], 0],
    ['15 digits', ['CONTENT_LENGTH', '999999999999999'], 999_999_999_999_999],
  ])('%s', (_, pairs, contentLength) => {
    expect(feed(new FcgiApplication(), joined(begin(1), params(1, pairs)))[0]).toMatchObject({
      contentLength,
    });
  });

  test.each(['+5', '-1', ' 5', '5 ', '0x5', '1_0', '5,5', '3x', '1e3', '5.0', '1234567890123456'])(
    'invalid: %j',
    (text) => {
      const bytes = post(['CONTENT_LENGTH', text]);
      const at = 16 + 8 + 16 + text.length; // the end of the parameters
      expect(outcome(bytes)).toBe(`FCGI_BAD_CONTENT_LENGTH at ${at}`);
    },
  );

  test('invalid: twice, even when both agree', () => {
    expect(outcome(post(['CONTENT_LENGTH', '5', 'CONTENT_LENGTH', '5'], 'hello'))).toBe(
      'FCGI_BAD_CONTENT_LENGTH at 58',
    );
  });

  test('another name of the same length says nothing, nor does FCGI_DATA_LENGTH to a responder', () => {
    for (const name of ['CONTENT-LENGTH', 'CONTENT_LENGT_', 'XONTENT_LENGTH', 'FCGI_DATA_LENGTH']) {
      expect(outcome(post([name, '9x'], 'hello'))).toBe('request 1, body 1, bodyEnd 1');
    }
  });

  test('absent: the body is what comes before its end', () => {
    expect(outcome(post([], 'hello', 'world'))).toBe('request 1, body 1, bodyEnd 1');
    expect(outcome(post(['CONTENT_LENGTH', '', 'HTTP_TRANSFER_ENCODING', 'chunked'], 'hello'))).toBe(
      'request 1, body 1, bodyEnd 1',
    );
  });

  test('a body that is shorter is an abort, never a short body', () => {
    expect(outcome(post(['CONTENT_LENGTH', '5'], 'hell'))).toBe('request 1, body 1, abort 1');
    expect(outcome(post(['CONTENT_LENGTH', '5']))).toBe('request 1, abort 1');
  });

  test('invalid: a body that is longer, before a byte too many is handed out', () => {
    expect(outcome(post(['CONTENT_LENGTH', '5'], 'hello', '!'))).toBe(
      'request 1, body 1, FCGI_BODY_OVERRUN at 66',
    );
    expect(outcome(post(['CONTENT_LENGTH', '4'], 'hello'))).toBe('request 1, FCGI_BODY_OVERRUN at 53');
    expect(outcome(post(['CONTENT_LENGTH', '0'], 'x'))).toBe('request 1, FCGI_BODY_OVERRUN at 53');
  });
});

describe('§6.3 authorizer', () => {
  const AUTH = joined(begin(1, 2, 0), params(1, ['REQUEST_METHOD', 'GET']));

  test('is complete when its parameters end: Apache sends no STDIN at all', () => {
    const application = new FcgiApplication();
    expect(feed(application, AUTH)).toEqual([
      {
        kind: 'request',
        requestId: 1,
        role: 2,
        keepConn: false,
        pairs: ['REQUEST_METHOD', 'GET'],
        contentLength: 0,
      },
      { kind: 'bodyEnd', requestId: 1 },
    ]);
    application.finish();
    expect(application.next()).toBeNull();
    expect(application.end(1)).toHaveLength(1);
  });

  test('an empty STDIN, as lighttpd sends it, changes nothing', () => {
    expect(outcome(joined(AUTH, stdin(1)))).toBe('request 1, bodyEnd 1');
    expect(outcome(joined(AUTH, stdin(1), stdin(1)))).toBe(
      'request 1, bodyEnd 1, FCGI_UNEXPECTED_RECORD at 60',
    );
  });

  test('invalid: a body, whatever CONTENT_LENGTH says', () => {
    expect(outcome(joined(AUTH, stdin(1, ascii('x'))))).toBe(
      'request 1, bodyEnd 1, FCGI_UNEXPECTED_RECORD at 52',
    );
    const [event] = feed(new FcgiApplication(), joined(begin(1, 2), params(1, ['CONTENT_LENGTH', '5'])));
    expect(event).toMatchObject({ contentLength: 0 });
  });

  test('one that was ended at once has no bodyEnd', () => {
    const application = new FcgiApplication();
    application.receive(AUTH);
    expect(application.next()?.kind).toBe('request');
    application.end(1);
    expect(application.next()).toBeNull();
  });
});

describe('§6.4 filter', () => {
  const filter = (length: string, ...rest: Uint8Array[]): Uint8Array =>
    joined(
      begin(1, 3),
      params(1, ['CONTENT_LENGTH', '2', 'FCGI_DATA_LENGTH', length]),
      stdin(1, ascii('hi')),
      ...rest,
    );

  test('spec: the file comes after the body', () => {
    expect(outcome(filter('4', stdin(1), data(1, ascii('file')), data(1)))).toBe(
      'request 1, body 1, bodyEnd 1, data 1, dataEnd 1',
    );
    const { events } = run([filter('4', stdin(1), data(1, ascii('fi')), data(1, ascii('le')), data(1))]);
    expect(events[3]).toEqual({ kind: 'data', requestId: 1, data: ascii('file') });
  });

  test('invalid: the file before the end of the body, or after its own', () => {
    expect(outcome(filter('4', data(1, ascii('file'))))).toBe(
      'request 1, body 1, FCGI_UNEXPECTED_RECORD at 79',
    );
    expect(outcome(filter('0', stdin(1), data(1), data(1)))).toBe(
      'request 1, body 1, bodyEnd 1, dataEnd 1, FCGI_UNEXPECTED_RECORD at 95',
    );
  });

  test('FCGI_DATA_LENGTH is judged as CONTENT_LENGTH is', () => {
    expect(outcome(filter('4', stdin(1), data(1, ascii('fil')), data(1)))).toBe(
      'request 1, body 1, bodyEnd 1, data 1, abort 1',
    );
    expect(outcome(filter('4', stdin(1), data(1, ascii('files'))))).toBe(
      'request 1, body 1, bodyEnd 1, FCGI_BODY_OVERRUN at 90',
    );
    expect(outcome(filter('4x'))).toBe('FCGI_BAD_CONTENT_LENGTH at 61');
    expect(outcome(filter('', stdin(1), data(1, ascii('file')), data(1)))).toBe(
      'request 1, body 1, bodyEnd 1, data 1, dataEnd 1',
    );
  });

  test('the input ends inside the file: abort', () => {
    expect(outcome(filter('4', stdin(1), data(1, ascii('fi'))))).toBe(
      'request 1, body 1, bodyEnd 1, data 1, abort 1',
    );
  });
});

describe('§5.4 ABORT_REQUEST', () => {
  const OPEN = joined(begin(1), params(1, ['CONTENT_LENGTH', '5']), stdin(1, ascii('he')));

  test('in the body and after it: an event; what still comes is ignored until the request is ended', () => {
    expect(outcome(joined(OPEN, abort(1)))).toBe('request 1, body 1, abort 1');
    expect(outcome(joined(POST, abort(1)))).toBe('request 1, body 1, bodyEnd 1, abort 1');
    expect(outcome(joined(OPEN, abort(1), stdin(1, ascii('llo!!!')), stdin(1), abort(1), data(1)))).toBe(
      'request 1, body 1, abort 1',
    );
    const application = opened(joined(OPEN, abort(1)));
    expect(joined(...application.end(1))).toEqual(joined(stdout(1), endRequest(1)));
    expect(feed(application, joined(begin(1), params(1, []))).map(({ kind }) => kind)).toEqual(['request']);
  });

  test('invalid: the id is in use until then', () => {
    expect(outcome(joined(OPEN, abort(1), begin(1)))).toBe(
      'request 1, body 1, abort 1, FCGI_ACTIVE_ID at 69',
    );
  });

  test('before the parameters have ended: answered here, for nobody knows the request', () => {
    for (const before of [begin(1), joined(begin(1), record(4, 1, ascii('\x01\x01Ab')))]) {
      const application = new FcgiApplication();
      expect(feed(application, joined(before, abort(1)))).toEqual([]);
      expect(application.takeReplies()).toEqual([endRequest(1)]);
      expect(feed(application, joined(begin(1), params(1, ['A', 'c'])))).toMatchObject([
        { pairs: ['A', 'c'] },
      ]);
    }
    const closing = new FcgiApplication();
    feed(closing, joined(begin(1, 1, 0), abort(1)));
    expect(closing.shouldClose).toBe(true);
  });
});
