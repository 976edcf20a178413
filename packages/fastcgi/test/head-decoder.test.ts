import { ascii, drain, randomCuts } from '@gatewire/testkit';
import { ResponseHeadDecoder, ResponseHeadError } from '@gatewire/fastcgi/cgi';
import type { ResponseHeadDecoderOptions, ResponseHeadEvent } from '@gatewire/fastcgi/cgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, decodeEveryWay, describeFailure, headOf, told } from './head-helpers.js';

const CGI =
  'Content-type: text/plain\nSet-Cookie: a=1\r\nstatus: 404 Not Found\nSet-Cookie: b=2\n\r\nno\n\nhere';
const CGI_EVENTS: ResponseHeadEvent[] = [
  {
    kind: 'head',
    form: 'cgi',
    httpVersion: null,
    status: 404,
    reason: 'Not Found',
    headers: ['Content-type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
    location: 'document',
    contentType: 'text/plain',
    contentLength: null,
  },
  { kind: 'body', data: ascii('no\n\nhere') },
  { kind: 'bodyEnd', missing: 0, surplus: 0 },
];

const HTTP = 'HTTP/1.1 302 Found\r\nLocation: http://a/\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi';
const HTTP_EVENTS: ResponseHeadEvent[] = [
  {
    kind: 'head',
    form: 'http',
    httpVersion: '1.1',
    status: 302,
    reason: 'Found',
    headers: ['Location', 'http://a/', 'Content-Type', 'a/b', 'Content-Length', '2'],
    location: 'client-redirect-document',
    contentType: 'a/b',
    contentLength: 2,
  },
  { kind: 'body', data: ascii('hi') },
  { kind: 'bodyEnd', missing: 0, surplus: 0 },
];

describe('ResponseHeadDecoder', () => {
  test.each([
    ['RFC 3875 §6.2.1, a document', CGI, CGI_EVENTS],
    ['a status line', HTTP, HTTP_EVENTS],
  ])('spec: %s', (_, input, events) => {
    expect(decodeEveryWay(input)).toEqual({ events, error: null });
    fc.assert(
      fc.property(randomCuts(ascii(input)), (chunks) => {
        expect(decode(chunks)).toEqual({ events, error: null });
      }),
    );
  });

  test('what is missing is null: Content-Type, Content-Length', () => {
    expect(headOf('A: b\n\n')).toMatchObject({ contentType: null, contentLength: null, httpVersion: null });
    expect(headOf('Content-Type:\n\n')).toMatchObject({ contentType: null, headers: [] });
    expect(headOf('HTTP/3 200\n\n')).toMatchObject({ contentType: null, httpVersion: '3', headers: [] });
  });

  test('the body is a view of the chunk, and its end is seen once', () => {
    const decoder = new ResponseHeadDecoder();
    const chunk = ascii('A: b\n\nhi');
    decoder.receive(chunk);
    expect(decoder.offset).toBe(0);
    expect(decoder.next()).toMatchObject({ kind: 'head' });
    expect(decoder.offset).toBe(6);
    const body = decoder.next();
    expect(body?.kind === 'body' && body.data.buffer === chunk.buffer).toBe(true);
    expect(decoder.next()).toBeNull();
    expect(decoder.offset).toBe(8);
    decoder.finish();
    expect(decoder.next()).toEqual({ kind: 'bodyEnd', missing: 0, surplus: 0 });
    expect(decoder.next()).toBeNull();
  });

  test('surplus is counted by offset, and handed out never', () => {
    const decoder = new ResponseHeadDecoder();
    const { events } = drain(decoder, [ascii('Content-Length: 1\n\na'), ascii('bcd'), ascii('e')]);
    expect(events.slice(1)).toEqual([
      { kind: 'body', data: ascii('a') },
      { kind: 'bodyEnd', missing: 0, surplus: 4 },
    ]);
    expect(decoder.offset).toBe(24);
  });

  test('a caller that does not drain, or goes on after the end: TypeError', () => {
    const decoder = new ResponseHeadDecoder();
    expect(() => decoder.receive('A: b' as unknown as Uint8Array)).toThrow(TypeError);
    decoder.receive(ascii('A: b\n\nhi'));
    expect(() => decoder.receive(ascii('x'))).toThrow(TypeError);
    expect(() => decoder.finish()).toThrow(TypeError);
    while (decoder.next() !== null);
    decoder.finish();
    expect(() => decoder.finish()).toThrow(TypeError);
    expect(() => decoder.receive(ascii('x'))).toThrow(TypeError);
    expect(decoder.next()).toEqual({ kind: 'bodyEnd', missing: 0, surplus: 0 });
    expect(() => decoder.receive(ascii('x'))).toThrow(TypeError);
  });

  test.each([
    ['in next', 'A b\n', (decoder: ResponseHeadDecoder) => void decoder.next()],
    [
      'in finish',
      'A: b\n',
      (decoder: ResponseHeadDecoder) => {
        decoder.next();
        decoder.finish();
      },
    ],
  ])('a failure %s is final: the same object from every method', (_, input, fail) => {
    const decoder = new ResponseHeadDecoder();
    decoder.receive(ascii(input));
    const thrown: unknown[] = [];
    for (const call of [
      () => fail(decoder),
      () => decoder.next(),
      () => decoder.receive(ascii('x')),
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
    expect(thrown[0]).toBeInstanceOf(ResponseHeadError);
  });

  test('a message says where and shows 32 characters at most', () => {
    const { error } = decode([ascii(`Status: ${'9'.repeat(200)}\n\n`)]);
    expect(String(error)).toBe(
      `ResponseHeadError: status "${'9'.repeat(32)}", expected three digits (CGI_BAD_STATUS at byte 8)`,
    );
  });
});

describe('options', () => {
  test('method HEAD: no body, and none is missing', () => {
    expect(told('Content-Length: 5\n\nhello', { method: 'HEAD' })).toBe(
      '200 | Content-Length: 5 | 0 missing, 5 surplus',
    );
    expect(told('Content-Length: 5\n\n', { method: 'HEAD' })).toBe(
      '200 | Content-Length: 5 | 0 missing, 0 surplus',
    );
    expect(told('Content-Length: 2\n\nhi', { method: 'GET' })).toBe(
      '200 | Content-Length: 2 | hi | 0 missing, 0 surplus',
    );
  });

  test('interim: accept hands heads of 100 to 199 out before the real one', () => {
    const cgi = 'Status: 103 Early\nLink: a\n\nStatus: 200 OK\n\nhi';
    expect(told(cgi, { interim: 'accept' })).toBe(
      '103 Early | Link: a | 200 OK |  | hi | 0 missing, 0 surplus',
    );
    const http = 'HTTP/1.1 100\r\n\r\nHTTP/1.1 103\r\nA: b\r\n\r\nHTTP/1.1 204\r\nC: d\r\n\r\n';
    expect(told(http, { interim: 'accept' })).toBe('100 |  | 103 | A: b | 204 | C: d | 0 missing, 0 surplus');
    const { events } = decodeEveryWay(http, { interim: 'accept' });
    expect(events.map(({ kind }) => kind).join(' ')).toBe('interim interim head bodyEnd');
  });

  test('invalid: interim heads do not hide what follows them', () => {
    const options: ResponseHeadDecoderOptions = { interim: 'accept' };
    expect(told('Status: 103\n\n', options)).toBe('CGI_TRUNCATED at 13');
    expect(told('Status: 103\n\nStatus: abc\n\n', options)).toBe('CGI_BAD_STATUS at 21');
    expect(told('Status: 103\n\nA b\n\n', options)).toBe('CGI_BAD_NAME at 14');
    expect(told('Status: 103\n\nA: b\nA\n\n', options)).toBe('CGI_MISSING_COLON at 18');
    expect(told('Status: 103\n\n\n', options)).toBe('CGI_EMPTY_HEAD at 13');
    // One form throughout.
    expect(told('Status: 103\n\nHTTP/1.1 200\n\n', options)).toBe('CGI_WRONG_FORM at 13');
    expect(told('HTTP/1.1 103\n\nStatus: 200\n\n', options)).toBe('CGI_WRONG_FORM at 14');
    expect(told('HTTP/1.1 101\n\n', options)).toBe('CGI_INTERIM at 9');
    // All heads together have one limit.
    expect(told('Status: 103\n\nStatus: 103\n\nA: b\n\n', { ...options, maxHeadBytes: 31 })).toBe(
      'CGI_LIMIT_HEAD at 31',
    );
  });

  test('upgrade: accept takes 101 as final, with Upgrade and Connection, and all that follows', () => {
    const input =
      'HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\n\0\x01\x02';
    expect(told(input, { upgrade: 'accept' })).toBe(
      '101 S | Upgrade: x, Connection: upgrade, Content-Length: 1 | \0\x01\x02 | 0 missing, 0 surplus',
    );
    expect(told('HTTP/1.1 100\r\n\r\n', { upgrade: 'accept' })).toBe('CGI_INTERIM at 9');
  });

  test('transferEncoding: keep leaves field and body alone', () => {
    const chunked = 'Transfer-Encoding: chunked\n\n2\r\nhi\r\n0\r\n\r\n';
    expect(told(chunked, { transferEncoding: 'keep' })).toBe(
      '200 | Transfer-Encoding: chunked | 2\r\nhi\r\n0\r\n\r\n | 0 missing, 0 surplus',
    );
    for (const both of [
      'Transfer-Encoding: x\nContent-Length: 1\n\n',
      'Content-Length: 1\nTransfer-Encoding: x\n\n',
    ])
      expect(told(both, { transferEncoding: 'keep' })).toMatch(/^CGI_TRANSFER_ENCODING at (0|18)$/);
  });

  test('hopByHop: keep', () => {
    expect(told('Connection: close\nA: b\n\n', { hopByHop: 'keep' })).toBe(
      '200 | Connection: close, A: b | 0 missing, 0 surplus',
    );
  });

  test.each([0, -1, 1.5, NaN])('invalid: a limit of %d', (limit) => {
    expect(() => new ResponseHeadDecoder({ maxHeadBytes: limit })).toThrow(RangeError);
    expect(() => new ResponseHeadDecoder({ maxLineBytes: limit })).toThrow(RangeError);
    expect(() => new ResponseHeadDecoder({ maxFields: limit })).toThrow(RangeError);
  });

  test('no limit', () => {
    const options = { maxHeadBytes: Infinity, maxLineBytes: Infinity, maxFields: Infinity };
    const { events } = decode([ascii(`A: ${'x'.repeat(100_000)}\n${'B:\n'.repeat(1000)}\n`)], options);
    expect(events[0]?.kind === 'head' && events[0].headers.length).toBe(2002);
  });

  test('an option that is undefined is the default', () => {
    const options = Object.fromEntries(
      ['forms', 'interim', 'upgrade', 'transferEncoding', 'hopByHop', 'maxFields'].map((name) => [
        name,
        undefined,
      ]),
    ) as ResponseHeadDecoderOptions;
    expect(told('A: b\nTE: a\n\n', options)).toBe('200 | A: b | 0 missing, 0 surplus');
    expect(told('Transfer-Encoding: a\n\n', options)).toBe('CGI_TRANSFER_ENCODING at 0');
    expect(told('Status: 103\n\n', options)).toBe('CGI_INTERIM at 8');
    expect(told('Status: 101\n\n', options)).toBe('CGI_INTERIM at 8');
    expect(told('HTTP/1.1 200\n\n', options)).toBe('200 |  | 0 missing, 0 surplus');
  });
});

describe('limits, at the limit and one past it', () => {
  const line = (bytes: number): string => `A: ${'x'.repeat(bytes - 3)}`;
  /** A head of so many bytes, blank line included, in lines of at most 4,000. */
  const headOfBytes = (bytes: number): string => {
    let text = '';
    while (bytes - text.length > 8000) text += `${line(4000)}\r\n`;
    return `${text}${line(Math.ceil((bytes - text.length) / 2) - 3)}\n${line(Math.floor((bytes - text.length) / 2))}\n\n`;
  };

  test('head: 65,536 bytes', () => {
    expect(headOfBytes(65_536)).toHaveLength(65_536);
    expect(decode([ascii(headOfBytes(65_536))]).error).toBeNull();
    expect(describeFailure(decode([ascii(headOfBytes(65_537))]).error)).toBe('CGI_LIMIT_HEAD at 65536');
  });

  test('line: 8,192 bytes, its end not counted', () => {
    expect(decode([ascii(`${line(8192)}\r\n${line(8192)}\n\n`)]).error).toBeNull();
    expect(describeFailure(decode([ascii(`B:\n${line(8193)}\n\n`)]).error)).toBe('CGI_LIMIT_LINE at 8195');
    // Neither waits for the end of the line.
    expect(describeFailure(decode([ascii('x'.repeat(8193))]).error)).toBe('CGI_LIMIT_LINE at 8192');
  });

  test('fields: 256, the status line not counted', () => {
    expect(decode([ascii(`${'A:\n'.repeat(256)}\n`)]).error).toBeNull();
    expect(decode([ascii(`HTTP/1.1 200\n${'A:\n'.repeat(256)}\n`)]).error).toBeNull();
    expect(describeFailure(decode([ascii('A:\n'.repeat(257))]).error)).toBe('CGI_LIMIT_FIELDS at 768');
    expect(describeFailure(decode([ascii(`HTTP/1.1 200\n${'A:\n'.repeat(257)}`)]).error)).toBe(
      'CGI_LIMIT_FIELDS at 781',
    );
  });

  test('small ones, at every cut', () => {
    expect(told('A: b\r\n\r\n', { maxHeadBytes: 8 })).toBe('200 | A: b | 0 missing, 0 surplus');
    expect(told('A: b\r\n\r\n', { maxHeadBytes: 7 })).toBe('CGI_LIMIT_HEAD at 7');
    expect(told('A: b\r\n\r\n', { maxLineBytes: 4 })).toBe('200 | A: b | 0 missing, 0 surplus');
    expect(told('A: b\r\n\r\n', { maxLineBytes: 3 })).toBe('CGI_LIMIT_LINE at 3');
    expect(told('HTTP/1.1 200\nA: b\n\n', { maxLineBytes: 11 })).toBe('CGI_LIMIT_LINE at 11');
    expect(told('A:\nB:\n\n', { maxFields: 2 })).toBe('200 | A: , B:  | 0 missing, 0 surplus');
    expect(told('A:\nB:\n\n', { maxFields: 1 })).toBe('CGI_LIMIT_FIELDS at 3');
  });
});
