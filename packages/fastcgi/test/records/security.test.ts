// The faults that the implementations of this protocol have had, and the rules that follow from them. One test per row,
// named after the row; most are tested from other sides elsewhere too.
import {
  decodePairs,
  encodeBeginRequest,
  encodeEndRequest,
  encodePairs,
  encodeParams,
  encodeRecord,
  encodeStream,
  FcgiApplication,
  FcgiDecoder,
  FcgiWebServer,
} from '@gatewire/fastcgi';
import { ascii, drain, hex } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';
import { answer, outcome } from './outcome.js';
import { abort, begin, block, endRequest, joined, params, record, stderr, stdin, stdout } from './wire.js';

describe('faults that were published', () => {
  test('CVE-2025-23016, CVE-2025-40907: two lengths of 2^31 - 1 are added without wrapping', () => {
    const lengths = hex`ff ff ff ff ff ff ff ff`;
    expect(outcome(joined(begin(1), record(4, 1, lengths), record(4, 1)))).toBe('FCGI_PAIR_OVERRUN at 32');
    expect(outcome(record(9, 0, lengths))).toBe('FCGI_PAIR_OVERRUN at 8');
    // 0x7fffffff + 0x7fffffff + 2 is 0 in 32 bits, and 0x7fffffff + 1 is negative there.
    expect(failureOf(() => decodePairs(hex`ff ff ff ff 01 41`, 0, 6))).toBe('FCGI_PAIR_OVERRUN at 0');
  });

  test('CVE-2026-55203: 65,535 bytes of content and one of padding are 65,536, not 0', () => {
    const inside = joined(begin(9), params(9, ['PHP_VALUE', 'x']), stdin(9));
    const content = joined(inside, new Uint8Array(65_535 - inside.length));
    const bytes = joined(hex`01 63 00 01 ff ff 01 00`, content, hex`00`, begin(1), params(1, []), stdin(1));
    const { events, error } = drain(new FcgiApplication(), [bytes]);
    expect(error).toBeNull();
    expect(events.map(({ requestId }) => requestId)).toEqual([1, 1]);
  });

  test('HAProxy 0aeae2305: content is split or refused by the encoder, its length never cut to 16 bits', () => {
    const body = new Uint8Array(65_536 + 100).fill(1);
    const lengths = encodeStream(5, 1, body).map(({ length }) => length);
    expect(lengths).toEqual([8, 65_528, 8, 108, 4]);
    expect(() => encodeRecord(5, 1, body)).toThrow(RangeError);
    expect(() => encodeParams(1, ['N', 'v'.repeat(65_536)])).toThrow(RangeError);
  });

  test('HAProxy 96286b2a8: a length is compared with what is left, not with all there is', () => {
    expect(answer(record(10, 0, ascii('\x04\x01NAMEv\x04\x09NAME')))).toBe('FCGI_PAIR_OVERRUN at 15');
  });

  test('HAProxy 3ac082b2b: STDOUT on id 0 reaches no request', () => {
    expect(answer(stdout(0, ascii('x')))).toBe('FCGI_BAD_REQUEST_ID at 2');
    expect(answer(endRequest(0))).toBe('FCGI_BAD_REQUEST_ID at 2');
  });

  test('CVE-2023-0836: reserved bytes and padding are zero', () => {
    expect(encodeBeginRequest(1, 1, 1).subarray(11)).toEqual(new Uint8Array(5));
    expect(encodeEndRequest(1, 0xffffffff, 3).subarray(13)).toEqual(new Uint8Array(3));
    expect(encodeRecord(6, 1, hex`ff`).subarray(9)).toEqual(new Uint8Array(7));
    expect(encodeStream(6, 1, hex`ff`)[2]).toEqual(new Uint8Array(7));
    expect(encodeParams(1, ['\u00ff', '']).subarray(11, 16)).toEqual(new Uint8Array(5));
    const application = new FcgiApplication();
    drain(application, [record(200, 0)], { finish: false });
    expect(application.takeReplies()[0].subarray(9)).toEqual(new Uint8Array(7));
  });

  test('CVE-2014-3583, CVE-2010-3872: nothing is read behind the chunk, at any cut', () => {
    const bytes = joined(begin(1), params(1, ['A', 'b']), stdin(1));
    for (let cut = 0; cut <= bytes.length; cut++) {
      // Bytes behind the end of the view are there, and would be read by a loop that passes it.
      const memory = new Uint8Array(bytes.length + 64).fill(1);
      memory.set(bytes.subarray(0, cut));
      const { events } = drain(new FcgiApplication(), [memory.subarray(0, cut), bytes.subarray(cut)]);
      expect(events.map(({ kind }) => kind)).toEqual(['request', 'bodyEnd']);
    }
  });

  test('CVE-2007-4727: a long value moves nothing, it is refused', () => {
    const pairs = ['HTTP_X', 'v'.repeat(70_000), 'SCRIPT_FILENAME', '/ok'];
    expect(() => encodeParams(1, pairs)).toThrow(RangeError);
    const whole = encodeParams(1, pairs, { longPairs: 'split' });
    expect(drain(new FcgiDecoder(), [whole]).events).toEqual([{ kind: 'params', requestId: 1, pairs }]);
  });

  test('CVE-2022-41556: every way out frees the request', () => {
    const ways: readonly Uint8Array[] = [
      joined(begin(1), abort(1)),
      joined(begin(1), params(1, ['CONTENT_LENGTH', '5']), stdin(1)),
      joined(begin(1), params(1, ['CONTENT_LENGTH', '5']), abort(1)),
      joined(begin(1), params(1, []), stdin(1)),
    ];
    for (const way of ways) {
      const application = new FcgiApplication({ maxRequests: 1 });
      const { events } = drain(application, [way], { finish: false });
      if (events.length > 0) application.end(1);
      application.takeReplies();
      expect(drain(application, [begin(2)], { finish: false }).error).toBeNull();
      expect(application.takeReplies()).toEqual([]); // not OVERLOADED
    }
  });

  test('CVE-2026-42533: sizes and bytes come from one reading of the variables', () => {
    for (const encode of [encodePairs, (pairs: string[]) => encodeParams(1, pairs)]) {
      let reads = 0;
      const pairs = ['A', ''];
      // Longer at every look.
      Object.defineProperty(pairs, 1, { enumerable: true, get: () => 'x'.repeat(reads++) });
      encode(pairs);
      expect(reads).toBe(1);
    }
    let reads = 0;
    const pairs = ['CONTENT_LENGTH', ''];
    Object.defineProperty(pairs, 1, { enumerable: true, get: () => String(reads++) });
    const server = new FcgiWebServer();
    server.params(server.begin(), pairs);
    expect(server.stdinEnd(1)).toHaveLength(1); // the 0 that was sent is the 0 that counts
  });

  test('CVE-2012-6687: ids index no array', () => {
    expect(outcome(joined(begin(65_535), params(65_535, []), stdin(65_535)))).toBe('request bodyEnd');
  });

  test('CVE-2019-11043, CVE-2012-1823, CVE-2024-4577: paths and queries are text here, newlines too', () => {
    const pairs = ['PATH_INFO', '', 'SCRIPT_NAME', '/a\n/b.php', 'QUERY_STRING', '-d+allow_url_include%3d1'];
    expect(decodePairs(block(pairs), 0, block(pairs).length)).toEqual(pairs);
  });

  test('CVE-2024-9026: STDERR is bytes of the application, fragment by fragment', () => {
    const server = new FcgiWebServer();
    server.params(server.begin(), []);
    const { events } = drain(server, [stderr(1, ascii('a\n[critical] b\x1b[0m')), endRequest(1)]);
    expect(events[0]).toEqual({ kind: 'stderr', requestId: 1, data: ascii('a\n[critical] b\x1b[0m') });
  });

  test('CVE-2011-2766: nothing of one request is seen by the next', () => {
    const application = new FcgiApplication();
    const seen: unknown[] = [];
    for (const pairs of [['AUTH', 'secret'], ['B', 'c'], []]) {
      const { events } = drain(application, [joined(begin(1), params(1, pairs), stdin(1))], {
        finish: false,
      });
      seen.push(events[0]);
      application.end(1);
    }
    expect(seen).toMatchObject([{ pairs: ['AUTH', 'secret'] }, { pairs: ['B', 'c'] }, { pairs: [] }]);
  });

  test('CVE-2024-24795 and others: NUL does not pass, either way', () => {
    expect(() => encodePairs(['A', 'b\0c'])).toThrow(RangeError);
    expect(outcome(joined(begin(1), record(4, 1, ascii('\x01\x03Ab\0c')), record(4, 1)))).toBe(
      'FCGI_NUL at 30',
    );
  });
});

describe('malformed parameters are never a request with fewer of them', () => {
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'STDIN before they have ended',
      joined(record(4, 1, ascii('\x01\0A')), stdin(1)),
      'FCGI_UNEXPECTED_RECORD at 28',
    ],
    ['ABORT before they have ended', joined(record(4, 1, ascii('\x01\0A')), abort(1)), ''],
    [
      'more of them after they have ended',
      joined(params(1, []), params(1, [])),
      'request FCGI_UNEXPECTED_RECORD at 25',
    ],
    [
      'END_REQUEST among them',
      joined(record(4, 1, ascii('\x01\0A')), endRequest(1)),
      'FCGI_WRONG_DIRECTION at 28',
    ],
    [
      'a type that is not defined among them',
      joined(record(99, 1), params(1, []), stdin(1)),
      'request bodyEnd',
    ],
    [
      'a last pair that is cut off',
      joined(record(4, 1, ascii('\x01\0A\x05\x05HTT')), record(4, 1)),
      'FCGI_PAIR_OVERRUN at 32',
    ],
    ['their end is missing', record(4, 1, ascii('\x01\0A')), ''],
    ['PARAMS of another id', joined(params(2, ['A', 'b']), stdin(2)), ''],
  ];
  test.each(cases)('%s', (_, bytes, expected) => {
    expect(outcome(joined(begin(1), bytes))).toBe(expected);
  });

  test('EOF four bytes into the next header', () => {
    expect(outcome(joined(begin(1), hex`01 04 00 01`))).toBe('FCGI_TRUNCATED at 20');
  });

  test('65,535 bytes of parameters with padding, a padded end', () => {
    const pairs = hex`01 80 00 ff f9 ${ascii(`N${'v'.repeat(65_529)}`)}`;
    expect(pairs).toHaveLength(65_535);
    const bytes = joined(begin(1), record(4, 1, pairs, 1), record(4, 1, hex``, 255), stdin(1));
    expect(outcome(bytes)).toBe('request bodyEnd');
  });
});
