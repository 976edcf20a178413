import { FcgiApplication, FcgiProtocolError } from '@gatewire/fastcgi';
import { ascii, hex, thrownBy, wholeAndBytewise } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { feed, opened, outcome, POST, replies, run } from './run.js';
import { abort, begin, data, endRequest, joined, params, record, stdin, stdout } from './wire.js';

describe('multiplexing', () => {
  test('requests mixed, each with its own pairs and body; other ids are ignored', () => {
    const bytes = joined(
      begin(1),
      begin(300),
      record(4, 1, ascii('\x01\x01A')),
      record(4, 300, ascii('\x01\x01B2')),
      stdin(7, ascii('of nobody')),
      record(4, 1, ascii('1')),
      record(4, 300),
      stdin(300, ascii('three hundred')),
      record(4, 1),
      stdin(1, ascii('one')),
      stdin(300),
      stdin(1),
    );
    const { events } = run([bytes]);
    const request = { kind: 'request', role: 1, keepConn: true, contentLength: null };
    expect(events).toEqual([
      { ...request, requestId: 300, pairs: ['B', '2'] },
      { kind: 'body', requestId: 300, data: ascii('three hundred') },
      { ...request, requestId: 1, pairs: ['A', '1'] },
      { kind: 'body', requestId: 1, data: ascii('one') },
      { kind: 'bodyEnd', requestId: 300 },
      { kind: 'bodyEnd', requestId: 1 },
    ]);
  });

  test('mpxsConns: false refuses a second request and goes on with the first', () => {
    const bytes = joined(begin(1), begin(2), params(2, ['A', 'b']), stdin(2), params(1, []), stdin(1));
    expect(outcome(bytes, { mpxsConns: false })).toBe('request 1, bodyEnd 1');
    expect(replies(bytes, { mpxsConns: false })).toEqual(endRequest(2, 0, 1));
  });

  test('limit: maxRequests are open, the next is refused with OVERLOADED', () => {
    const many = Array.from({ length: 256 }, (_, i) => begin(i + 1));
    expect(replies(joined(...many))).toHaveLength(0);
    expect(replies(joined(...many, begin(257)))).toEqual(endRequest(257, 0, 2));
    expect(replies(joined(begin(1), begin(2), begin(3)), { maxRequests: 2 })).toEqual(endRequest(3, 0, 2));
    const application = opened(joined(begin(1), params(1, [])), { maxRequests: 1 });
    application.end(1);
    feed(application, begin(2));
    expect(application.takeReplies()).toEqual([]);
  });
});

describe('§6.1 roles', () => {
  test.each([0, 4, 258, 65_535])('role %d is refused with UNKNOWN_ROLE', (role) => {
    const application = opened(joined(begin(1, role, 1), params(1, []), stdin(1)));
    expect(application.takeReplies()).toEqual([endRequest(1, 0, 3)]);
    expect(application.shouldClose).toBe(false);
    expect(opened(begin(1, role, 0)).shouldClose).toBe(true);
  });

  test('roles: those that are not served are refused', () => {
    expect(replies(begin(1, 2), { roles: [1] })).toEqual(endRequest(1, 0, 3));
    expect(replies(begin(1, 1), { roles: [2, 3] })).toEqual(endRequest(1, 0, 3));
    expect(replies(begin(1, 2), { roles: [2] })).toHaveLength(0);
  });
});

describe('§4.1 GET_VALUES', () => {
  const ask = (...names: string[]): Uint8Array =>
    record(9, 0, ascii(names.map((name) => `${String.fromCharCode(name.length)}\0${name}`).join('')));
  const answer = (content: string, padding: number): Uint8Array => record(10, 0, ascii(content), padding);

  test('spec: the names that are known, with values', () => {
    expect(replies(ask('FCGI_MAX_CONNS', 'FCGI_MPXS_CONNS', 'X'), { maxConns: 10 })).toEqual(
      answer('\x0f\x01FCGI_MPXS_CONNS1\x0e\x02FCGI_MAX_CONNS10', 4),
    );
    expect(replies(ask('FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'), { mpxsConns: false, maxReqs: 1 })).toEqual(
      answer('\x0f\x01FCGI_MPXS_CONNS0\x0d\x01FCGI_MAX_REQS1', 6),
    );
    expect(replies(ask('FCGI_MAX_REQS'))).toEqual(answer('\x0d\x03FCGI_MAX_REQS256', 6));
  });

  test('what is not told is left out; without any the answer is empty', () => {
    expect(replies(ask('FCGI_MAX_CONNS'))).toEqual(answer('', 0));
    expect(replies(ask())).toEqual(answer('', 0));
  });

  test('each name once, a value is ignored, names of the language mean nothing', () => {
    const bytes = record(
      9,
      0,
      ascii('\x0d\x01FCGI_MAX_REQSx'.repeat(20) + '\x09\0__proto__\x0b\0constructor\x01\x0fXFCGI_MPXS_CONNS'),
    );
    expect(replies(bytes)).toEqual(answer('\x0d\x03FCGI_MAX_REQS256', 6));
  });

  test('between the records of a request, and byte by byte', () => {
    const bytes = joined(begin(1), ask('FCGI_MPXS_CONNS'), params(1, ['A', 'b']), ask(), stdin(1));
    expect(outcome(bytes)).toBe('request 1, bodyEnd 1');
    for (const { chunks } of wholeAndBytewise(bytes)) {
      const { application } = run(chunks);
      expect(joined(...application.takeReplies())).toEqual(
        joined(answer('\x0f\x01FCGI_MPXS_CONNS1', 6), answer('', 0)),
      );
    }
  });

  test('invalid: a broken pair, a record that is too long', () => {
    expect(outcome(record(9, 0, ascii('\x01\0A\x05')))).toBe('FCGI_PAIR_CUT at 11');
    expect(outcome(record(9, 0, ascii('\x05\0A')))).toBe('FCGI_PAIR_OVERRUN at 8');
    expect(outcome(record(9, 0, new Uint8Array(4097)))).toBe('FCGI_LIMIT_VALUES at 4');
  });
});

describe('§4.2 UNKNOWN_TYPE', () => {
  test('spec: for a management record only, with its type', () => {
    expect(replies(record(12, 0))).toEqual(hex`01 0b 00 00 00 08 00 00  0c 00 00 00 00 00 00 00`);
    expect(replies(record(0, 0, ascii('content'), 3))).toEqual(
      hex`01 0b 00 00 00 08 00 00  00 00 00 00 00 00 00 00`,
    );
  });

  test('of a request, open or not, it is skipped without a word', () => {
    const bytes = joined(begin(1), record(99, 1, ascii('x')), params(1, []), record(255, 2), stdin(1));
    expect(outcome(bytes)).toBe('request 1, bodyEnd 1');
    expect(replies(bytes)).toHaveLength(0);
  });
});

describe('replies', () => {
  test('limit: maxReplyBytes wait to be taken, never more', () => {
    const unknown = record(12, 0);
    expect(replies(joined(...Array.from({ length: 4096 }, () => unknown)))).toHaveLength(65_536);
    expect(outcome(joined(...Array.from({ length: 4097 }, () => unknown)))).toBe(
      'FCGI_LIMIT_REPLIES at 32768',
    );
    expect(outcome(joined(unknown, unknown, unknown), { maxReplyBytes: 32 })).toBe(
      'FCGI_LIMIT_REPLIES at 16',
    );
    expect(outcome(joined(begin(1, 9), begin(2, 9)), { maxReplyBytes: 31 })).toBe('FCGI_LIMIT_REPLIES at 16');
    const application = new FcgiApplication({ maxReplyBytes: 16 });
    for (let i = 0; i < 3; i++) {
      feed(application, unknown);
      expect(application.takeReplies()).toHaveLength(1);
      expect(application.takeReplies()).toEqual([]);
    }
  });

  test('replies that were due before a failure can still be taken', () => {
    const application = new FcgiApplication();
    application.receive(joined(record(12, 0), hex`07`));
    expect(() => application.next()).toThrow('FCGI_BAD_VERSION at byte 8');
    expect(application.takeReplies()).toHaveLength(1);
  });
});

describe('§3.3 ids that are not open', () => {
  test('everything but BEGIN_REQUEST is ignored, padding and all', () => {
    const bytes = joined(
      record(4, 9, new Uint8Array(70), 5),
      record(4, 9),
      stdin(9, ascii('body')),
      stdin(9),
      data(9, ascii('x')),
      abort(9),
      POST,
      stdin(2, ascii('body')),
    );
    expect(outcome(bytes)).toBe('request 1, body 1, bodyEnd 1');
  });

  test('limit: maxIgnored empty records in a row', () => {
    const flood = (count: number): Uint8Array[] => Array.from({ length: count }, () => stdin(9));
    expect(outcome(joined(...flood(1024), begin(1), ...flood(1024), params(1, []), ...flood(1024)))).toBe(
      'request 1, abort 1',
    );
    expect(outcome(joined(...flood(1025)))).toBe('FCGI_LIMIT_IGNORED at 8192');
    expect(outcome(joined(...flood(3)), { maxIgnored: 2 })).toBe('FCGI_LIMIT_IGNORED at 16');
    expect(
      outcome(joined(record(99, 9), record(99, 9, new Uint8Array(0), 255), stdin(9)), { maxIgnored: 2 }),
    ).toBe('FCGI_LIMIT_IGNORED at 271');
    // A body that is still on its way after an early end is no flood.
    expect(outcome(joined(...Array.from({ length: 2000 }, () => stdin(9, ascii('x')))))).toBe('');
  });
});

describe('the end of the input', () => {
  test('without a byte, or between requests: nothing', () => {
    expect(outcome(hex``)).toBe('');
    const { application } = run([POST]);
    expect(application.shouldClose).toBe(false); // the request is open still
    application.end(1);
    expect(application.shouldClose).toBe(true);
  });

  test('requests whose input has not ended are aborted, the others may be answered', () => {
    const bytes = joined(
      POST,
      begin(2),
      params(2, ['CONTENT_LENGTH', '5']),
      stdin(2, ascii('hell')),
      begin(3),
      params(3, []),
      begin(4),
      record(4, 4, ascii('\x01\0A')),
      begin(5),
    );
    expect(outcome(bytes)).toBe(
      'request 1, body 1, bodyEnd 1, request 2, body 2, request 3, abort 2, abort 3',
    );
    const { application } = run([bytes]);
    for (const id of [1, 2, 3]) expect(application.stdout(id, ascii('x'))).toHaveLength(3);
    for (const id of [4, 5]) expect(() => application.end(id)).toThrow(TypeError);
    expect(application.shouldClose).toBe(false);
    for (const id of [1, 2, 3]) application.end(id);
    expect(application.shouldClose).toBe(true);
  });

  test('invalid: inside a record', () => {
    for (const length of [1, 7, 8, 15]) {
      expect(outcome(begin(1).subarray(0, length))).toBe(`FCGI_TRUNCATED at ${length}`);
    }
    // BEGIN and four bytes of the next header: some applications run with what they have.
    expect(outcome(joined(begin(1), record(4, 1).subarray(0, 4)))).toBe('FCGI_TRUNCATED at 20');
    expect(outcome(POST.subarray(0, POST.length - 1))).toBe(
      `request 1, body 1, FCGI_TRUNCATED at ${POST.length - 1}`,
    );
    expect(outcome(record(5, 9, ascii('x'), 4).subarray(0, 12))).toBe('FCGI_TRUNCATED at 12');
  });
});

describe('answers', () => {
  const open = (flags: number = 1): FcgiApplication =>
    opened(joined(begin(1, 1, flags), params(1, []), stdin(1)));

  test('spec: a response', () => {
    const application = open();
    const body = ascii('Status: 200 OK\r\n\r\n');
    const chunks = [...application.stdout(1, body), ...application.end(1, 3)];
    expect(chunks[1]).toBe(body);
    expect(joined(...chunks)).toEqual(
      hex`01 06 00 01 00 12 06 00  ${body}  00 00 00 00 00 00
          01 06 00 01 00 00 00 00
          01 03 00 01 00 08 00 00  00 00 00 03 00 00 00 00`,
    );
  });

  test('STDERR is ended when it was used, STDOUT always', () => {
    const application = open();
    expect(joined(...application.stderr(1, ascii('oops')))).toEqual(
      hex`01 07 00 01 00 04 04 00 6f 6f 70 73 00 00 00 00`,
    );
    expect(joined(...application.end(1))).toEqual(joined(stdout(1), record(7, 1), endRequest(1)));
    expect(joined(...open().end(1))).toEqual(joined(stdout(1), endRequest(1)));
  });

  test('a refusal is END_REQUEST alone, unless something was written', () => {
    expect(open().end(1, 0, 2)).toEqual([endRequest(1, 0, 2)]);
    const begun = open();
    begun.stdout(1, ascii('x'));
    expect(joined(...begun.end(1, 0, 2))).toEqual(joined(stdout(1), endRequest(1, 0, 2)));
  });

  test('no data makes no record', () => {
    const application = open();
    expect(application.stdout(1, new Uint8Array(0))).toEqual([]);
    expect(application.stderr(1, new Uint8Array(0))).toEqual([]);
    expect(joined(...application.end(1, 0, 1))).toEqual(endRequest(1, 0, 1));
  });

  test('misuse: an id that is not open is a TypeError', () => {
    const application = open();
    expect(() => application.stdout(2, ascii('x'))).toThrow(TypeError);
    expect(() => application.stdout(1, 'x' as never)).toThrow(TypeError);
    expect(() => application.end(1, -1)).toThrow(RangeError);
    application.end(1);
    expect(() => application.end(1)).toThrow(/request 1 is not open/);
    expect(() => application.stderr(1, ascii('x'))).toThrow(TypeError);
    for (const name of ['maxConns', 'maxReqs', 'maxReplyBytes', 'maxIgnored', 'maxRequests'])
      expect(() => new FcgiApplication({ [name]: -1 })).toThrow(`${name} is -1, expected 0 to 2147483647`);
  });
});

describe('§3.5 closing', () => {
  test('KEEP_CONN leaves it to the web server', () => {
    const application = opened(POST);
    application.end(1);
    expect(application.shouldClose).toBe(false);
    expect(feed(application, POST)).toHaveLength(4);
  });

  test('without it the connection closes when no other request is open', () => {
    const application = opened(joined(begin(1, 1, 0), params(1, []), begin(2), params(2, [])));
    application.end(1);
    expect(application.shouldClose).toBe(false);
    application.end(2);
    expect(application.shouldClose).toBe(true);
  });

  test('after a failure; what is open can be answered first', () => {
    const application = new FcgiApplication();
    application.receive(joined(begin(1), params(1, []), hex`07`));
    expect(application.next()?.kind).toBe('request');
    expect(() => application.next()).toThrow('FCGI_BAD_VERSION');
    expect(application.shouldClose).toBe(true);
    expect(joined(...application.end(1))).toEqual(joined(stdout(1), endRequest(1)));
  });
});

test('a failure is final: the same object from every method', () => {
  const application = new FcgiApplication();
  application.receive(hex`02`);
  const thrown = [
    () => application.next(),
    () => application.receive(hex`00`),
    () => application.finish(),
  ].map(thrownBy);
  expect(thrown[0]).toBeInstanceOf(FcgiProtocolError);
  expect(new Set(thrown).size).toBe(1);
});
