import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fastcgiMessages } from '../../src/inspect/fastcgi-messages.js';
import type { Message } from '../../src/inspect/message.js';
import { uwsgiMessages } from '../../src/inspect/uwsgi-messages.js';

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const brief = (messages: readonly Message[]): string[] =>
  messages.map(({ offset, bytes, kind, summary }) => `${offset} ${bytes} ${kind}: ${summary}`);

describe('uwsgi', () => {
  /** REQUEST_METHOD=POST, CONTENT_LENGTH=3. */
  const PACKET = join(
    hex`00 29 00 00`,
    ...[hex`0e 00`, ascii('REQUEST_METHOD'), hex`04 00`, ascii('POST')],
    ...[hex`0e 00`, ascii('CONTENT_LENGTH'), hex`01 00`, ascii('3')],
  );

  test('a request with its body', () => {
    const [message, ...others] = uwsgiMessages(join(PACKET, hex`61 3d 62`), 'web server');
    expect(others).toEqual([]);
    expect(message).toEqual({
      ...{
        sender: 'web server',
        offset: 0,
        bytes: 48,
        kind: 'request',
        summary: 'POST ?, 2 vars, body 3 bytes',
      },
      details: {
        ...{ modifier1: 0, modifier2: 0, bodyBytes: 3, body: 'YT1i' },
        variables: [
          ['REQUEST_METHOD', 'POST'],
          ['CONTENT_LENGTH', '3'],
        ],
      },
    });
  });

  test('a body that is not as long as announced', () => {
    expect(brief(uwsgiMessages(join(PACKET, hex`61`), 'web server'))[1]).toBe(
      '45 1 problem: CONTENT_LENGTH is 3, the body has 1 byte',
    );
  });

  test('a ping and its answer, a response', () => {
    expect(brief(uwsgiMessages(hex`64 00 00 00`, 'web server'))).toEqual([
      '0 4 packet: modifier1 100 (PING), modifier2 0, payload 0 bytes',
    ]);
    expect(brief(uwsgiMessages(hex`64 00 00 01`, 'application'))).toEqual([
      '0 4 packet: modifier1 100 (PING), modifier2 1, payload 0 bytes',
    ]);
    const [response] = uwsgiMessages(ascii('HTTP/1.1 404 Not Found\r\nX-A: b\r\n\r\nno'), 'application');
    expect(brief([response])).toEqual(['0 36 response: 404 Not Found, 1 header, body 2 bytes']);
    expect(response.details).toEqual({
      ...{ status: 404, reason: 'Not Found', headers: [['X-A', 'b']], bodyBytes: 2, body: 'bm8=' },
    });
  });

  test.each([
    [
      'a cut packet',
      PACKET.subarray(0, 20),
      'web server',
      'cut short: 20 bytes of a packet are there',
      undefined,
      0,
    ],
    [
      'a value past the end',
      join(hex`00 06 00 00 01 00 41 02 00 62`),
      'web server',
      'UWSGI_VALUE_OVERRUN',
      'UWSGI_VALUE_OVERRUN',
      3,
    ],
    [
      'a cut head',
      ascii('HTTP/1.1 200 OK\r\nX-'),
      'application',
      'cut short: 19 bytes of a head',
      undefined,
      0,
    ],
    [
      'a malformed head',
      ascii('HTTP/1.1 200 OK\r\nX A: b\r\n\r\n'),
      'application',
      'CGI_BAD_NAME',
      'CGI_BAD_NAME',
      18,
    ],
  ] as const)('%s', (_, bytes, sender, text, code, offset) => {
    const [message] = uwsgiMessages(bytes, sender);
    expect(message).toMatchObject({
      kind: 'problem',
      offset,
      summary: expect.stringContaining(text) as string,
    });
    expect(message.details['code']).toBe(code);
  });

  test('nothing', () => {
    expect(uwsgiMessages(hex``, 'application')).toEqual([]);
  });
});

describe('FastCGI', () => {
  const BEGIN = hex`01 01 00 01 00 08 00 00 00 01 01 00 00 00 00 00`;
  const PARAMS = join(hex`01 04 00 01 00 13 05 00 0e 03`, ascii('REQUEST_METHODGET'), hex`00 00 00 00 00`);
  const ENDS = hex`01 04 00 01 00 00 00 00 01 05 00 01 00 00 00 00`;
  const STDOUT = join(hex`01 06 00 01 00 0f 01 00`, ascii('Status: 200\n\nhi'), hex`00`);
  const END = hex`01 03 00 01 00 08 00 00 00 00 00 07 00 00 00 00`;

  test('a request', () => {
    const messages = fastcgiMessages(join(BEGIN, PARAMS, ENDS), 'web server');
    expect(brief(messages)).toEqual([
      '0 16 BEGIN_REQUEST: request 1, 8 bytes, RESPONDER, keep the connection',
      '16 32 PARAMS: request 1, 19 bytes',
      '48 8 PARAMS: request 1, 0 bytes, GET ?, 1 pair',
      '56 8 STDIN: request 1, 0 bytes, end of the stream',
    ]);
    expect(messages[2].details).toEqual({
      ...{ type: 4, requestId: 1, contentBytes: 0, paddingBytes: 0, content: '' },
      variables: [['REQUEST_METHOD', 'GET']],
    });
  });

  test('a response', () => {
    const messages = fastcgiMessages(join(STDOUT, hex`01 06 00 01 00 00 00 00`, END), 'application');
    expect(brief(messages)).toEqual([
      '0 24 STDOUT: request 1, 15 bytes, 200',
      '24 8 STDOUT: request 1, 0 bytes, end of the stream',
      '32 16 END_REQUEST: request 1, 8 bytes, REQUEST_COMPLETE, application status 7',
    ]);
    expect(messages[0].details).toMatchObject({ status: 200, headers: [], content: 'U3RhdHVzOiAyMDAKCmhp' });
  });

  test('a head over two records; one that is malformed is said once', () => {
    const [head, rest] = [hex`01 06 00 01 00 06 00 00`, hex`01 06 00 01 00 07 00 00`];
    const two = join(head, ascii('Status'), rest, ascii(': 404\n\n'));
    expect(brief(fastcgiMessages(two, 'application')).map((text) => text.split(', ').at(-1))).toEqual([
      '6 bytes',
      '404',
    ]);
    const bad = join(
      rest,
      ascii('no head'),
      hex`01 06 00 01 00 01 00 00 0a`,
      hex`01 06 00 01 00 01 00 00 0a`,
    );
    expect(
      brief(fastcgiMessages(bad, 'application')).filter((text) => text.includes('no head')),
    ).toHaveLength(1);
  });

  test('values', () => {
    const asked = join(hex`01 09 00 00 00 11 00 00 0f 00`, ascii('FCGI_MPXS_CONNS'));
    expect(brief(fastcgiMessages(asked, 'web server'))).toEqual([
      '0 25 GET_VALUES: 17 bytes, FCGI_MPXS_CONNS',
    ]);
  });

  test.each([
    [
      'a cut record',
      join(BEGIN, PARAMS.subarray(0, 20)),
      16,
      'cut short: 20 bytes of a record are there',
      undefined,
    ],
    ['a cut header', join(BEGIN, hex`01 04`), 16, 'cut short: 2 bytes of a record are there', undefined],
    ['another version', join(BEGIN, hex`02 04 00 01 00 00 00 00`), 16, 'version 2', 'FCGI_BAD_VERSION'],
    ['another protocol', ascii('GET / HTTP/1.1\r\n\r\n'), 0, 'version 71', 'FCGI_BAD_VERSION'],
  ])('%s', (_, bytes, offset, text, code) => {
    const last = fastcgiMessages(bytes, 'web server').at(-1);
    expect(last).toMatchObject({ kind: 'problem', offset, summary: expect.stringContaining(text) as string });
    expect(last?.details['code']).toBe(code);
  });
});

test('any bytes: messages, and the last may be a problem', () => {
  const senders = fc.constantFrom('web server', 'application');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), senders, fc.boolean(), (bytes, sender, isRecord) => {
      if (isRecord) bytes.set([1, 1 + ((bytes.at(1) ?? 0) % 11), 0, 1, 0].slice(0, bytes.length));
      for (const read of [uwsgiMessages, fastcgiMessages]) {
        const messages = read(bytes, sender);
        const problems = messages.slice(0, -1).filter(({ kind }) => kind === 'problem');
        expect(problems).toEqual([]);
      }
    }),
  );
});
