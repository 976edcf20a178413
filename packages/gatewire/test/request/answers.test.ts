import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { ascii, hex, makeTempDir } from '@gatewire/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { runApart } from '../cli.js';
import type { EndedApart } from '../cli.js';
import { answers, closeServers, misbehaving } from './misbehaving.js';

afterAll(closeServers);

const request = (...args: string[]): Promise<EndedApart> => runApart(['request', ...args]);

/** A FastCGI record of request 1. */
function record(type: number, content: Uint8Array, padding = 0): Uint8Array {
  const head = Uint8Array.of(1, type, 0, 1, content.length >> 8, content.length, padding, 0);
  return Buffer.concat([head, content, new Uint8Array(padding)]);
}

/** END_REQUEST of request 1. */
const end = (appStatus: number, protocolStatus: number): Uint8Array =>
  record(3, Uint8Array.of(0, 0, 0, appStatus, protocolStatus, 0, 0, 0));

const STDOUT = record(6, ascii('Status: 200\n\nhi'));

describe('interim answers', () => {
  const EARLY =
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';

  test.concurrent.each(['http', 'uwsgi'])('%s: -v shows them, nothing else does', async (protocol) => {
    const shown = await request('-v', '-i', `${protocol}://${await answers(EARLY)}`);
    expect(shown.stderr).toContain('< HTTP/1.1 103 Early Hints\n< Link: </a.css>\n');
    expect([shown.code, shown.stdout.toString()]).toEqual([
      0,
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    ]);
  });
});

describe('FastCGI', () => {
  test.concurrent('STDERR goes to stderr, with a line end where there is none', async () => {
    const bytes = Buffer.concat([record(7, ascii('one\n')), record(7, ascii('two')), STDOUT, end(0, 0)]);
    const ended = await request(`fastcgi://${await answers(bytes)}`);
    expect([ended.code, ended.stdout.toString(), ended.stderr]).toEqual([0, 'hi', 'one\ntwo\n']);
  });

  test.concurrent('-v says with which status the application ended', async () => {
    const ended = await request('-v', `fastcgi://${await answers(Buffer.concat([STDOUT, end(3, 0)]))}`);
    expect(ended.stderr).toContain('* the application ended with status 3\n');
    expect(ended.code).toBe(0);
  });

  test.concurrent('closed between the end of the answer and the end of the request', async () => {
    const bytes = Buffer.concat([STDOUT, record(6, ascii(''))]);
    const ended = await request(`fastcgi://${await answers(bytes)}`);
    expect(ended.stderr).toContain('closed without END_REQUEST; of the answer its end had come');
    expect(ended.code).toBe(18);
  });

  test.concurrent('refused for a reason that has no name', async () => {
    const ended = await request(`fastcgi://${await answers(end(0, 9))}`);
    expect([ended.code, ended.stderr]).toEqual([
      8,
      expect.stringContaining('refused the request: protocol status 9'),
    ]);
  });

  test.concurrent('-v shows twenty records of a long answer, and counts the others', async () => {
    const pieces = Array.from({ length: 24 }, () => record(6, ascii('x')));
    const head = record(6, ascii('Status: 200\n\n'));
    const ended = await request(
      '-v',
      `fastcgi://${await answers(Buffer.concat([head, ...pieces, end(0, 0)]))}`,
    );
    expect(ended.stderr).toContain('5 more records in 45 bytes');
    expect(ended.stderr.match(/^< .* version 1, STDOUT,/gm)).toHaveLength(20);
    expect([ended.code, ended.stdout.toString()]).toEqual([0, 'x'.repeat(24)]);
  });

  test.concurrent('-v shows where an answer is none, and nothing behind it', async () => {
    const ended = await request(
      '-v',
      `fastcgi://${await misbehaving((socket) => {
        socket.write(STDOUT);
        socket.end('GET / HTTP/1.1\r\n\r\n');
      })}`,
    );
    expect(ended.stderr).toContain('this is no FastCGI: version 71');
    expect(ended.code).toBe(8);
  });
});

test.concurrent('bytes behind the end of a body are said, not delivered', async () => {
  const url = await answers('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more');
  const ended = await request('-v', `uwsgi://${url}`);
  expect(ended.stderr).toContain('* 9 more bytes, which no client would see\n');
  expect([ended.code, ended.stdout.toString()]).toEqual([0, 'hi']);
});

test.concurrent('-v shows what is no head', async () => {
  const ended = await request('-v', `uwsgi://${await answers('HTTP/1.1 200 OK\r\nno field\r\n\r\n')}`);
  expect(ended.stderr).toMatch(/^< .*no head/m);
  expect(ended.code).toBe(8);
});

describe('--ping', () => {
  test.concurrent.each([
    ['uwsgi', hex`64 00 00 01`, 'pong'],
    [
      'fastcgi',
      hex`01 0a 00 00 00 11 00 00 0f 00 46 43 47 49 5f 4d 50 58 53 5f 43 4f 4e 4e 53`,
      'FCGI_MPXS_CONNS=',
    ],
    ['fastcgi', hex`01 0a 00 00 00 00 00 00`, 'it answers, without values'],
    [
      'fastcgi',
      hex`01 0b 00 00 00 08 00 00 09 00 00 00 00 00 00 00`,
      'it does not know GET_VALUES, but answers',
    ],
  ] as const)('%s: %j is alive', async (protocol, bytes, said) => {
    const ended = await request('-v', '--ping', `${protocol}://${await answers(bytes)}`);
    expect(ended.stderr).toContain(`* ${said}\n`);
    expect(ended.code).toBe(0);
  });

  test.concurrent.each([
    ['uwsgi', hex`64 00 00 01`, 2],
    ['fastcgi', hex`01 0a 00 00 00 00 00 00`, 5],
  ] as const)('%s: an answer in two pieces', async (protocol, bytes, cut) => {
    const url = await misbehaving((socket) => {
      socket.write(bytes.subarray(0, cut));
      // A packet of its own: the first one has been sent when this runs.
      setImmediate(() => socket.end(bytes.subarray(cut)));
    });
    expect((await request('--ping', `${protocol}://${url}`)).code).toBe(0);
  });

  test.concurrent.each([
    ['200 OK', 0],
    ['500 Internal Server Error', 22],
  ])('http: %s is exit code %i', async (status, code) => {
    const url = await answers(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\n`);
    expect((await request('--ping', `http://${url}`)).code).toBe(code);
  });
});

test.concurrent('-o writes a file, -o - stdout', async () => {
  const directory = await makeTempDir('gatewire-answer');
  const path = join(directory.path, 'body');
  const body = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b';
  const filed = await request('-o', path, `http://${await answers(body)}`);
  expect([filed.code, filed.stdout.length, await readFile(path, 'latin1')]).toEqual([0, 0, 'a\0b']);
  const shown = await request('-o', '-', `http://${await answers(body)}`);
  expect([shown.code, shown.stdout.toString('latin1')]).toEqual([0, 'a\0b']);
  await directory.remove();
});
