// What errors say: the values that were wrong, and what would have been right. Whole and byte by byte.
import { FcgiApplication, FcgiDecoder, FcgiProtocolError, FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiApplicationOptions, FcgiDecodeOptions } from '@gatewire/fastcgi';
import { ascii, drain, hex, wholeAndBytewise } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { begin, joined, params, record, stderr, stdin, stdout } from './wire.js';

/** The message of the error that ends a decoder from `make`. */
const messages = (
  make: () => FcgiApplication | FcgiDecoder | FcgiWebServer,
  bytes: Uint8Array,
): readonly string[] =>
  wholeAndBytewise(bytes).map(({ chunks }) => {
    const { error } = drain<object>(make(), chunks);
    expect(error).toBeInstanceOf(FcgiProtocolError);
    return (error as FcgiProtocolError).message;
  });

describe('records', () => {
  test.each([
    ['nothing that is known', 2, ''],
    ['a uwsgi packet', 0, ': uwsgi?'],
    ['a TLS handshake', 22, ': TLS?'],
    ['HTTP', 65, ': HTTP?'],
    ['no letter', 64, ''],
    ['HTTP, a late letter', 90, ': HTTP?'],
  ])('the version is that of %s', (_, version, guess) => {
    const message = `version ${version}, expected 1${guess} (FCGI_BAD_VERSION at byte 0)`;
    for (const text of messages(() => new FcgiDecoder(), hex`${version}`)) expect(text).toBe(message);
  });

  test.each<[string, Uint8Array, string, FcgiDecodeOptions?]>([
    ['no id', stdin(0), 'id 0 on type 5 (FCGI_BAD_REQUEST_ID at byte 2)'],
    ['an id', record(9, 1), 'id 1 on type 9 (FCGI_BAD_REQUEST_ID at byte 2, request 1)'],
    [
      'a body of 7 bytes',
      hex`01 03 00 02 00 07 00 00`,
      '7 bytes on type 3, expected 8 (FCGI_BAD_BODY_LENGTH at byte 4, request 2)',
    ],
    ['a cut', record(5, 1, ascii('abc')).subarray(0, 9), 'in a record (FCGI_TRUNCATED at byte 9)'],
    [
      'values past their limit',
      record(10, 0, ascii('\x01\0A')),
      '3, at most 2 (FCGI_LIMIT_VALUES at byte 4)',
      { maxValuesBytes: 2 },
    ],
    [
      'parameters past their limit, over two records',
      joined(record(4, 1, ascii('\x01\0A')), record(4, 1, ascii('\x01\0B'))),
      '6, at most 5 (FCGI_LIMIT_PARAMS at byte 15, request 1)',
      { maxParamsBytes: 5 },
    ],
    [
      'requests past their limit',
      joined(record(4, 1, ascii('\x01\0A')), record(4, 2, ascii('\x01\0A'))),
      '2, at most 1 (FCGI_LIMIT_REQUESTS at byte 13, request 2)',
      { maxRequests: 1 },
    ],
  ])('%s', (_, bytes, message, options) => {
    for (const text of messages(() => new FcgiDecoder(options), bytes)) expect(text).toBe(message);
  });

  // The place on the connection is that of the end of the parameters, the place in them stands before it.
  test('a pair in parameters', () => {
    const message =
      'pair 1 of 4 bytes (FCGI_PAIR_CUT at byte 3) in PARAMS (FCGI_PAIR_CUT at byte 44, request 1)';
    const bytes = joined(
      begin(1),
      record(4, 1, ascii('\x01\0A')),
      record(4, 1, ascii('\x05')),
      stdin(7),
      record(4, 1),
    );
    for (const text of messages(() => new FcgiDecoder(), bytes)) expect(text).toBe(message);
    // All of them in one record.
    const one = joined(begin(1), record(4, 1, ascii('\x01\0A\x05')), stdin(7), stdin(7), record(4, 1));
    for (const text of messages(() => new FcgiDecoder(), one)) expect(text).toBe(message);
  });
});

describe('an application', () => {
  const open = (role: number = 1): Uint8Array => joined(begin(1, role), params(1, ['CONTENT_LENGTH', '5']));

  test.each<[string, Uint8Array, string, FcgiApplicationOptions?]>([
    ['an id in use', joined(begin(1), begin(1)), 'id 1 (FCGI_ACTIVE_ID at byte 18, request 1)'],
    ['an answer', stdout(1), 'type 6 (FCGI_WRONG_DIRECTION at byte 1, request 1)'],
    [
      'a body among the parameters',
      joined(begin(1), stdin(1, ascii('hello'))),
      '5 bytes on type 5 in state params (FCGI_UNEXPECTED_RECORD at byte 17, request 1)',
    ],
    [
      'parameters after their end',
      joined(open(), record(4, 1)),
      '0 bytes on type 4 in state body (FCGI_UNEXPECTED_RECORD at byte 50, request 1)',
    ],
    [
      'a body in a file',
      joined(begin(1, 3), params(1, []), stdin(1), stdin(1)),
      '0 bytes on type 5 in state data (FCGI_UNEXPECTED_RECORD at byte 33, request 1)',
    ],
    [
      'a body after its end',
      joined(begin(1), params(1, []), stdin(1), stdin(1)),
      '0 bytes on type 5 in state respond (FCGI_UNEXPECTED_RECORD at byte 33, request 1)',
    ],
    [
      'a body that is longer than announced',
      joined(open(), stdin(1, ascii('hello!'))),
      '6, at most 5 (FCGI_BODY_OVERRUN at byte 53, request 1)',
    ],
    [
      'a size that is none',
      joined(begin(1), params(1, ['CONTENT_LENGTH', '5x'])),
      'CONTENT_LENGTH is not 1 to 15 digits (FCGI_BAD_CONTENT_LENGTH at byte 42, request 1)',
    ],
    [
      'a file size that is none',
      joined(begin(1, 3), params(1, ['FCGI_DATA_LENGTH', '-'])),
      'FCGI_DATA_LENGTH is not 1 to 15 digits (FCGI_BAD_CONTENT_LENGTH at byte 43, request 1)',
    ],
    [
      'replies that nobody takes',
      joined(record(12, 0), record(12, 0)),
      '32, at most 31 (FCGI_LIMIT_REPLIES at byte 8)',
      { maxReplyBytes: 31 },
    ],
    [
      'a flood',
      joined(stdin(9), stdin(9)),
      '2, at most 1 (FCGI_LIMIT_IGNORED at byte 8, request 9)',
      { maxIgnored: 1 },
    ],
  ])('%s', (_, bytes, message, options) => {
    for (const text of messages(() => new FcgiApplication(options), bytes)) expect(text).toBe(message);
  });
});

describe('a web server', () => {
  const sent = (): FcgiWebServer => {
    const server = new FcgiWebServer();
    server.params(server.begin(), []);
    return server;
  };

  test.each([
    ['an answer for nobody', stdout(2), 'it is not open (FCGI_INACTIVE_ID at byte 2, request 2)'],
    ['a request', begin(1), 'type 1 comes from web servers (FCGI_WRONG_DIRECTION at byte 1, request 1)'],
    [
      'output after its end',
      joined(stdout(1), stdout(1, ascii('x'))),
      '1 bytes on type 6 in state log (FCGI_UNEXPECTED_RECORD at byte 9, request 1)',
    ],
    [
      'log text after its end',
      joined(stderr(1), stderr(1)),
      '0 bytes on type 7 in state output (FCGI_UNEXPECTED_RECORD at byte 9, request 1)',
    ],
    [
      'output after both ends',
      joined(stderr(1), stdout(1), stdout(1)),
      '0 bytes on type 6 in state ending (FCGI_UNEXPECTED_RECORD at byte 17, request 1)',
    ],
    [
      'the end of the input',
      stdout(1, ascii('x')),
      'the input ends before the request (FCGI_MISSING_END at byte 9, request 1)',
    ],
  ])('%s', (_, bytes, message) => {
    for (const text of messages(sent, bytes)) expect(text).toBe(message);
  });
});
