import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { WSGIEnvironment } from '@gatewire/interfaces';
import { ascii, hex, makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variablesOf } from '../src/demo-app/variables.js';
import { LoadError, parseSpecifier } from '../src/load-application.js';
import { formatLogEntry } from '../src/log.js';
import { deadline, openSocket, peerName } from '../src/request/connect.js';
import { Delivery } from '../src/request/delivery.js';
import { RequestFailure } from '../src/request/failure.js';
import { applyOverrides, scriptOverrides } from '../src/request/params.js';
import { broken } from '../src/request/send.js';
import { createTrace } from '../src/request/trace.js';
import { whyNotStarted } from '../src/serve-application.js';
import { visible } from '../src/show-bytes.js';
import { hold } from '../src/workers/bind.js';

let directory: TempDir;
beforeAll(async () => {
  directory = await makeTempDir('gatewire-parts');
});
afterAll(() => directory.remove());

test.each([
  ['app.js', 'app.js', null],
  ['app.js:main', 'app.js', 'main'],
  ['C:app', 'C:app', null],
  ['C:\\app.js', 'C:\\app.js', null],
  ['node:fs', 'node', 'fs'],
  ['../a:b/app.js', '../a:b/app.js', null],
])('%s', (specifier, module, exportName) => {
  expect(parseSpecifier(specifier)).toEqual({ module, exportName });
});

describe('why nothing was started', () => {
  const failed = (code: string, message: string, more: object = {}): string =>
    whyNotStarted(Object.assign(new Error(message), { code, ...more })).message;

  test('an address', () => {
    expect(failed('ENOTFOUND', 'getaddrinfo ENOTFOUND x', { hostname: 'x' })).toBe(
      'cannot listen: x has no address (ENOTFOUND)',
    );
    expect(failed('EADDRINUSE', 'listen EADDRINUSE: address already in use :::80')).toBe(
      'cannot listen: address already in use :::80',
    );
    const missing = join(directory.path, 'none', 'app.sock');
    expect(failed('EACCES', `listen EACCES: permission denied ${missing}`)).toMatch(
      /there is no folder .*none$/,
    );
    const there = join(directory.path, 'app.sock');
    expect(failed('EACCES', `listen EACCES: permission denied ${there}`)).toBe(
      `cannot listen: permission denied ${there}`,
    );
  });

  test('an application: with what its module threw, where that has lines of its own', () => {
    const own = new Error('broken');
    own.stack = 'Error: broken\n    at file://app.js:1:1\n';
    const foreign = new Error('broken');
    foreign.stack = 'Error: broken\n    at node:internal/a:1:1\n';
    const bare = new Error('broken');
    Reflect.deleteProperty(bare, 'stack');
    const entry = (cause: unknown): object => whyNotStarted(new LoadError('no app', { cause }));
    const load = { level: 'error', event: 'load_failed', message: 'no app' };
    expect(entry(own)).toEqual({ ...load, error: own });
    for (const cause of [foreign, bare, 'a text']) expect(entry(cause)).toEqual(load);
  });

  test('a message of the server names the flag', () => {
    expect(whyNotStarted(new TypeError("say (interface: 'asgi'); 'wsgi' is one too")).message).toBe(
      'say (--interface asgi); wsgi is one too',
    );
  });
});

describe('a connection', () => {
  test('its other side for people', () => {
    expect(peerName({ host: 'a.test', port: 1 })).toBe('a.test:1');
    expect(peerName({ host: '::1', port: 1 })).toBe('[::1]:1');
    expect(peerName({ path: '/run/s' })).toBe('unix:/run/s');
  });

  test('that cannot be made: exit code 7, with the reason', async () => {
    const { signal } = deadline(undefined);
    const long = join(directory.path, 'x'.repeat(200));
    await expect(openSocket({ path: long }, signal)).rejects.toMatchObject({ exitCode: 7 });
    await expect(openSocket({ path: directory.path }, signal)).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/^cannot connect to unix:/) as unknown,
    });
  });

  test('that was given up before it was made, and while it is: exit code 28', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const reason = new RequestFailure(28, 'late');
    await expect(openSocket(peer, AbortSignal.abort(reason))).rejects.toBe(reason);
    const given = new AbortController();
    const opening = openSocket(peer, given.signal);
    given.abort(reason);
    await expect(opening).rejects.toBe(reason);
    server.close();
  });

  test('that broke: 56 before an answer, 18 in it', () => {
    const socket = { bytesRead: 0 } as never;
    expect(broken(socket, { name: 'Error', code: 'EPIPE', message: '' })).toMatchObject({
      exitCode: 56,
      message: 'the connection was reset by the other side before an answer',
    });
    expect(broken({ bytesRead: 7 } as never, { name: 'Error', message: 'lost' })).toMatchObject({
      exitCode: 18,
      message: 'the connection was lost inside the answer, after 7 bytes',
    });
  });
});

describe('variables by hand', () => {
  test('the script, in its root or outside of it; the root alone', () => {
    const pairs = ['SCRIPT_NAME', '/a.php'];
    expect(Object.fromEntries(scriptOverrides(pairs, '/srv/www/b.php', '/srv/www/'))).toMatchObject({
      SCRIPT_NAME: '/b.php',
    });
    expect(Object.fromEntries(scriptOverrides(pairs, '/srv/b.php', '/srv/www'))).toMatchObject({
      SCRIPT_NAME: '/b.php',
      DOCUMENT_ROOT: '/srv/www',
    });
    expect(Object.fromEntries(scriptOverrides(pairs, undefined, '/srv/www/'))).toEqual({
      SCRIPT_FILENAME: '/srv/www/a.php',
      DOCUMENT_ROOT: '/srv/www',
    });
    expect(Object.fromEntries(scriptOverrides([], undefined, '/srv'))).toMatchObject({
      SCRIPT_FILENAME: '/srv/',
    });
    expect(scriptOverrides(pairs, undefined, undefined)).toEqual([]);
    expect(() => scriptOverrides(pairs, 'b.php', undefined)).toThrow(RangeError);
    expect(() => scriptOverrides(pairs, undefined, 'www')).toThrow(RangeError);
  });

  test('one that is there twice is set once, or leaves', () => {
    const pairs = ['A', '1', 'B', '2', 'A', '3'];
    expect(applyOverrides(pairs, [['A', 'x']])).toEqual(['A', 'x', 'B', '2']);
    expect(applyOverrides(pairs, [['A', null]])).toEqual(['B', '2']);
    expect(applyOverrides(pairs, [['C', '4']])).toEqual([...pairs, 'C', '4']);
  });
});

describe('delivery', () => {
  const head = (status: number) => ({ line: `HTTP/1.1 ${status} X`, status, headers: ['A', 'b'] });
  const quiet = { include: false, fail: false, output: undefined };

  test('binary data does not go to a terminal, text does', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    await new Delivery(quiet, terminal).body(ascii('text'));
    expect(String(terminal.read())).toBe('text');
    await expect(new Delivery(quiet, terminal).body(ascii('a\0b'))).rejects.toMatchObject({ exitCode: 23 });
    await new Delivery({ ...quiet, output: '-' }, terminal).body(ascii('a\0b'));
    expect(String(terminal.read())).toBe('a\0b');
  });

  test('--fail: the head of an error, and no body', async () => {
    const stdout = new PassThrough();
    const delivery = new Delivery({ ...quiet, include: true, fail: true }, stdout);
    await delivery.head(head(500));
    await delivery.body(ascii('body'));
    await delivery.close();
    expect([String(stdout.read()), delivery.status]).toEqual(['HTTP/1.1 500 X\r\nA: b\r\n\r\n', 500]);
  });

  test('a reader that went away is failure 23, at the next write and at the end', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(new Error('broken pipe')),
    });
    const delivery = new Delivery(quiet, stdout);
    const first = delivery.body(ascii('a')).catch(() => undefined);
    await Promise.all([first, once(stdout, 'error').catch(() => undefined)]);
    await expect(delivery.body(ascii('b'))).rejects.toThrow('cannot write stdout: broken pipe');
    await expect(delivery.close()).rejects.toMatchObject({ exitCode: 23 });
  });
});

describe('the trace of FastCGI records', () => {
  /** What is shown of these pieces. */
  function shown(...pieces: readonly Uint8Array[]): string[] {
    const lines: string[] = [];
    const trace = createTrace({ color: false, width: 100 }, (text) => lines.push(text));
    for (const piece of pieces) trace.records('<', piece);
    return lines;
  }
  const RECORD = hex`01 06 00 01 00 02 00 00 68 69`;

  test('each is shown when it is whole', () => {
    const [whole] = shown(RECORD);
    expect(whole).toMatch(
      /^< +0 {2}01 06 00 01 00 02 00 00 +version 1, STDOUT, request 1, 2 bytes, padding 0\n/,
    );
    expect(shown(RECORD.subarray(0, 3), RECORD.subarray(3, 9), RECORD.subarray(9))).toEqual([whole]);
    expect(shown(RECORD.subarray(0, 3), RECORD.subarray(3, 9))).toEqual([]);
  });

  test('what is none ends it', () => {
    const [line, ...more] = shown(ascii('HTTP/1.1 200 OK'), RECORD);
    expect(line).toMatch(/^< +0 {2}48 54 54 50/);
    expect(more).toEqual([]);
  });
});

describe('sockets for workers', () => {
  test('an address of IPv6, and one that this machine has not', async () => {
    const there = await hold({ protocol: 'http', host: '::1', port: 0 }).catch((error: unknown) => error);
    // A machine without IPv6 says so.
    if (there instanceof Error) expect(there.message).toMatch(/^listen E/);
    else {
      const held = there as Awaited<ReturnType<typeof hold>>;
      expect(held.bound?.address).toMatch(/^\[::1\]:[0-9]+$/);
      held.close();
    }
    await expect(hold({ protocol: 'http', host: '192.0.2.1', port: 0 })).rejects.toThrow(
      'listen EADDRNOTAVAIL: address not available 192.0.2.1:0',
    );
  });

  test('a path in a folder that is not there', async () => {
    await expect(hold({ protocol: 'http', path: '/nowhere/app.sock' })).rejects.toThrow(/^listen E[A-Z]+: /);
  });
});

test('values of an environ that are no texts', () => {
  class Input {
    readonly a = 1;
  }
  const environ = {
    ...{ 'a.array': [1, 'b', null], 'a.class': new Input(), 'a.bare': Object.create(null) as object },
    ...{
      'a.anonymous': new (class {
        readonly a = 1;
      })(),
      'a.call': () => undefined,
      'a.gone': undefined,
      'a.no': false,
    },
  };
  const shown = variablesOf(environ as unknown as WSGIEnvironment).map(
    ({ name, value }) => `${name}=${value}`,
  );
  expect(shown).toEqual([
    ...['a.anonymous=<Object>', 'a.array=[1, b, null]', 'a.bare=<Object>', 'a.call=<function>'],
    ...['a.class=<Input>', 'a.no=false'],
  ]);
});

test('an error without a code in a log of JSON', () => {
  const error = Object.assign(new Error('boom'), { stack: 'the stack' });
  const entry = { level: 'error', event: 'test', message: 'a', error } as const;
  const line = formatLogEntry(entry, 'json', { color: false, time: new Date(0) });
  expect(JSON.parse(line)).toMatchObject({ error: { name: 'Error', message: 'boom', stack: 'the stack' } });
  expect(line).not.toContain('"code"');
});

test('what is not seen is escaped', () => {
  expect(visible('a\n\r\t\x1b\u{202e}é')).toBe('a\\n\\r\\t\\x1b\\u{202e}é');
});
