import { ascii, hex } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { fastcgiMessages } from '../../src/inspect/fastcgi-messages.js';
import { recognise, senderOf } from '../../src/inspect/recognise.js';
import { uwsgiMessages } from '../../src/inspect/uwsgi-messages.js';

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const lines = (bytes: Uint8Array, sender: 'web server' | 'application'): string[] =>
  fastcgiMessages(bytes, sender).map(({ kind, summary }) => `${kind}: ${summary}`);

describe('FastCGI', () => {
  test.each([
    // §5.1: role 9, without FCGI_KEEP_CONN; and role 3.
    ['01 01 00 01 00 08 00 00  00 09 00 00 00 00 00 00', 'BEGIN_REQUEST: request 1, 8 bytes, role 9'],
    ['01 01 00 02 00 08 00 00  00 03 00 00 00 00 00 00', 'BEGIN_REQUEST: request 2, 8 bytes, FILTER'],
    // §5.4
    ['01 02 00 01 00 00 00 00', 'ABORT_REQUEST: request 1, 0 bytes'],
    // §5.3
    ['01 05 00 01 00 01 00 00  61', 'STDIN: request 1, 1 byte'],
    ['01 08 00 01 00 01 00 00  61', 'DATA: request 1, 1 byte'],
    // §3.3: a type that nobody has.
    ['01 0c 00 00 00 00 00 00', 'type 12: 0 bytes'],
  ])('%s', (bytes, line) => {
    const typed = Uint8Array.from(Buffer.from(bytes.replaceAll(' ', ''), 'hex'));
    expect(lines(typed, 'web server')).toEqual([line]);
  });

  test.each([
    // §5.5: protocolStatus 3 and 9.
    [
      hex`01 03 00 01 00 08 00 00  00 00 00 00 03 00 00 00`,
      'END_REQUEST: request 1, 8 bytes, UNKNOWN_ROLE, application status 0',
    ],
    [
      hex`01 03 00 01 00 08 00 00  00 00 01 00 09 00 00 00`,
      'END_REQUEST: request 1, 8 bytes, protocol status 9, application status 256',
    ],
    // §4.1
    [
      join(hex`01 0a 00 00 00 12 00 00  0f 01`, ascii('FCGI_MPXS_CONNS1')),
      'GET_VALUES_RESULT: 18 bytes, FCGI_MPXS_CONNS=1',
    ],
    // §4.2
    [hex`01 0b 00 00 00 08 00 00  63 00 00 00 00 00 00 00`, 'UNKNOWN_TYPE: 8 bytes'],
    [join(hex`01 07 00 01 00 02 00 00`, ascii('no')), 'STDERR: request 1, 2 bytes'],
  ])('%#', (bytes, line) => {
    expect(lines(bytes, 'application')).toEqual([line]);
  });

  test('the head of a response: interim ones before it, a status with a reason, one with none', () => {
    const stdout = (id: number, text: string): Uint8Array =>
      join(Uint8Array.of(1, 6, 0, id, 0, text.length, 0, 0), ascii(text));
    const all = join(
      stdout(1, 'Status: 103 Early Hints\r\n\r\nStatus: 404 Not Found\r\n\r\n'),
      stdout(1, 'more'),
      stdout(2, 'Content-Type: text/plain\r\n\r\n'),
    );
    expect(lines(all, 'application')).toEqual([
      'STDOUT: request 1, 52 bytes, 404 Not Found',
      'STDOUT: request 1, 4 bytes',
      'STDOUT: request 2, 28 bytes, 200',
    ]);
  });
});

describe('uwsgi', () => {
  const brief = (bytes: Uint8Array): string[] =>
    uwsgiMessages(bytes, 'web server').map(({ kind, summary }) => `${kind}: ${summary}`);

  test.each([
    ['a request for a plugin', hex`05 06 00 00 01 00 41 01 00 62`, 'request: ? ?, 1 var, modifier1 5'],
    [
      'a packet with something behind it',
      hex`64 00 00 00 61 62`,
      'packet: modifier1 100 (PING), modifier2 0, payload 0 bytes, 2 bytes after it',
    ],
    [
      'a kind that nobody has',
      hex`fe 01 00 00 61`,
      'packet: modifier1 254 (unknown), modifier2 0, payload 1 byte',
    ],
  ])('%s', (_, bytes, line) => {
    expect(brief(bytes)).toEqual([line]);
  });

  test('a CONTENT_LENGTH that is no number says nothing of the body', () => {
    const packet = join(
      hex`00 13 00 00 0e 00`,
      ascii('CONTENT_LENGTH'),
      hex`01 00`,
      ascii('x'),
      ascii('body'),
    );
    expect(brief(packet)).toEqual(['request: ? ?, 1 var, body 4 bytes']);
  });
});

describe('what is recognised', () => {
  test.each([
    ['GET_VALUES_RESULT', hex`01 0a 00 00 00 00 00 00`, { protocol: 'fastcgi', sender: 'application' }],
    ['UNKNOWN_TYPE', hex`01 0b 00 00 00 08 00 00`, { protocol: 'fastcgi', sender: 'application' }],
    ['an UNKNOWN_TYPE of 7 bytes', hex`01 0b 00 00 00 07 00 00`, null],
    ['GET_VALUES of request 1', hex`01 09 00 01 00 00 00 00`, null],
    ['an empty request', hex`00 00 00 00`, { protocol: 'uwsgi', sender: 'web server' }],
    ['an empty request with something behind it', hex`00 00 00 00 61`, null],
    ['a name with a blank', hex`00 07 00 00 02 00 41 20 01 00 62`, null],
    ['a name of no bytes', hex`00 06 00 00 00 00 02 00 61 62`, null],
    ['three bytes', hex`00 06 00`, null],
  ])('%s', (_, bytes, expected) => {
    expect(recognise(bytes)).toEqual(expected);
  });

  test('who sends, where the protocol is known', () => {
    expect(senderOf('uwsgi', ascii('HTTP/1.1 200 OK\r\n'))).toBe('application');
    expect(senderOf('uwsgi', hex`fe 00 00 00`)).toBe('web server');
    expect(senderOf('fastcgi', hex`01 07 00 01 00 00 00 00`)).toBe('application');
    expect(senderOf('fastcgi', hex``)).toBe('web server');
  });
});
