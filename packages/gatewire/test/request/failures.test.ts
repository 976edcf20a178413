import { join } from 'node:path';
import { hex, makeTempDir } from '@gatewire/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { runApart } from '../cli.js';
import type { EndedApart } from '../cli.js';
import { answers, closeServers, misbehaving } from './misbehaving.js';

afterAll(closeServers);

const request = (...args: string[]): Promise<EndedApart> => runApart(['request', ...args]);

/** STDOUT of request 1 with `Status: 200`, a blank line and `hi`. */
const STDOUT = hex`01 06 00 01 00 0f 01 00 53 74 61 74 75 73 3a 20 32 30 30 0a 0a 68 69 00`;
const END = hex`01 03 00 01 00 08 00 00 00 00 00 00 00 00 00 00`;
const OVERLOADED = hex`01 03 00 01 00 08 00 00 00 00 00 00 02 00 00 00`;

describe('an answer that is none, or not whole', () => {
  test.concurrent.each([
    ['uwsgi', '', 52, '', 'closed without an answer'],
    ['fastcgi', '', 52, '', 'closed without an answer'],
    ['http', '', 52, '', 'closed without an answer'],
    ['uwsgi', 'HTTP/1.1 200 OK\r\nContent-Le', 18, '', 'the answer ends inside its head, after 27 bytes'],
    ['http', 'HTTP/1.1 200 OK\r\nContent-Le', 18, '', 'inside the answer, after 27 bytes'],
    ['http', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi', 18, 'hi', 'inside the answer'],
    ['uwsgi', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi', 18, 'hi', '7 bytes of the body are missing'],
    ['fastcgi', STDOUT, 18, 'hi', 'closed without END_REQUEST; of the answer 15 bytes of it had come'],
    ['fastcgi', STDOUT.subarray(0, 12), 18, '', 'closed without END_REQUEST'],
    ['uwsgi', '\0\0\0\0', 8, '', 'a malformed head'],
    ['fastcgi', 'HTTP/1.1 400 Bad Request\r\n\r\n', 8, '', 'this is no FastCGI: version 72'],
    ['http', '\x01\x06\0\x01\0\0\0\0', 8, '', 'malformed HTTP'],
    ['fastcgi', OVERLOADED, 8, '', 'the application refused the request: OVERLOADED'],
    ['fastcgi', END, 52, '', 'closed without an answer'],
  ] as const)('%s: %j is exit code %i', async (protocol, bytes, code, delivered, message) => {
    const ended = await request(`${protocol}://${await answers(bytes)}`);
    expect(ended.stderr).toContain(message);
    expect([ended.code, ended.stdout.toString()]).toEqual([code, delivered]);
  });

  test.concurrent('a whole one, for comparison', async () => {
    const ended = await request(`fastcgi://${await answers(Buffer.concat([STDOUT, END]))}`);
    expect([ended.code, ended.stdout.toString(), ended.stderr]).toEqual([0, 'hi', '']);
  });

  test.concurrent.each(['uwsgi', 'http'])('%s: after a 101 the body is whatever comes', async (protocol) => {
    const url = await answers(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nraw',
    );
    const ended = await request(
      '-i',
      `${protocol}://${url}`,
      '-H',
      'Connection: Upgrade',
      '-H',
      'Upgrade: x',
    );
    expect([ended.code, ended.stdout.toString()]).toEqual([
      0,
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nraw',
    ]);
  });

  test.concurrent.each(['uwsgi', 'fastcgi', 'http'])('%s: a reset is 56', async (protocol) => {
    const ended = await request(`${protocol}://${await misbehaving((socket) => socket.resetAndDestroy())}`);
    expect([ended.code, ended.stderr]).toEqual([
      56,
      expect.stringContaining('reset by the other side before an answer'),
    ]);
  });

  test.concurrent.each(['uwsgi', 'fastcgi', 'http'])('%s: silence is 28', async (protocol) => {
    const ended = await request(`${protocol}://${await misbehaving(() => undefined)}`, '-m', '0.3');
    expect([ended.code, ended.stderr]).toEqual([28, 'gatewire request: no complete answer within 0.3 s\n']);
  });

  test.concurrent('28 after the beginning of an answer: that is delivered', async () => {
    const url = await misbehaving((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nfirst'));
    const ended = await request(`uwsgi://${url}`, '-m', '0.5');
    expect([ended.code, ended.stdout.toString()]).toEqual([28, 'first']);
  });

  test.concurrent.each([
    ['uwsgi', '', 52, 'needs its ping plugin'],
    ['uwsgi', hex`64 03 00 01 62 61 64`, 22, 'pong, with a warning: bad'],
    ['uwsgi', 'HTTP/1.1 400 Bad Request\r\n\r\n', 8, 'this is no answer'],
    ['fastcgi', '', 52, 'closed without an answer to GET_VALUES'],
    ['fastcgi', 'HTTP', 8, 'this is no answer'],
  ] as const)('--ping over %s: %j is exit code %i', async (protocol, bytes, code, message) => {
    const ended = await request(`${protocol}://${await answers(bytes)}`, '--ping');
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)]);
  });
});

describe('nothing to talk to', () => {
  test.concurrent.each([
    [['uwsgi://127.0.0.1:1/'], 7, 'cannot connect to 127.0.0.1:1: nothing listens there (ECONNREFUSED)'],
    [
      ['uwsgi://h/', '--unix-socket', '/nowhere/s'],
      7,
      'cannot connect to unix:/nowhere/s: there is no such socket',
    ],
    [['fastcgi://name.invalid/'], 6, 'name.invalid has no address'],
    [['uwsgi://127.0.0.1:1/', '-d', '@/nowhere/file'], 26, 'cannot read /nowhere/file'],
  ] as const)('%j is exit code %i', async (args, code, message) => {
    const ended = await request(...args);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  test.concurrent('a path that cannot be a variable is wrong usage, though somebody listens', async () => {
    const ended = await request(`uwsgi://${await answers('')}%zz`);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(/^error: .*percent sequence/)]);
  });

  test.concurrent('an output that cannot be written is 23', async () => {
    const directory = await makeTempDir('gatewire-request');
    const ended = await request(
      `http://${await answers('HTTP/1.1 200 OK\r\n\r\nhi')}`,
      '-o',
      join(directory.path, 'no/file'),
    );
    await directory.remove();
    expect([ended.code, ended.stderr]).toEqual([23, expect.stringContaining('cannot write')]);
  });
});

test.concurrent.each([
  [['request'], "missing required argument 'URL'"],
  [['request', 'h:1'], 'expected uwsgi://host:port/path'],
  [['request', 'uwsgi://h/', '-H', 'nonsense'], 'expected a header such as'],
  [['request', 'uwsgi://h/', '-X', 'a b'], 'Expected a method such as GET'],
  [['request', 'uwsgi://h/', '--modifier1', '256'], 'Expected a number from 0 to 255'],
  [['request', 'http://h/', '--param', 'A=b'], 'HTTP has no variables'],
  [['request', 'fastcgi://h/', '--modifier1', '5'], 'are for uwsgi://'],
  [['request', 'uwsgi://h/', '-d', 'a', '-d', '@b'], '-d @file stands alone'],
  [['request', 'uwsgi://h/', '--ping', '-d', 'a'], '-d goes with neither -I nor --ping'],
  [['request', 'uwsgi://h/', '--param', '=b'], 'expected NAME=VALUE'],
  [['request', 'uwsgi://h/', '--unix-socket', `/${'a'.repeat(107)}`], '(a path of 108 bytes, a unix socket'],
] as const)('%j is wrong usage: exit code 2', async (args, message) => {
  const { code, stderr } = await runApart(args);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

test('--help teaches: every flag, examples, the exit codes', async () => {
  const { code, stdout } = await runApart(['request', '--help']);
  expect(code).toBe(0);
  const help = stdout.toString();
  expect(help.match(/^ {2}gatewire request .+$/gm)?.length).toBeGreaterThan(4);
  for (const number of [0, 2, 6, 7, 8, 18, 22, 23, 26, 28, 52, 56])
    expect(help).toMatch(new RegExp(`^ {2}${String(number).padStart(2)}  \\S`, 'm'));
});
