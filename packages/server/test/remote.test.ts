import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { ASGI3Application } from '@gatewire/interfaces';
import type { BoundAddress, Protocol } from '@gatewire/server';
import { remote } from '@gatewire/server/middleware';
import type { RemoteAddress, RemoteOptions } from '@gatewire/server/middleware';
import { describeWith, findProgram, freePort, PHP_FPM, startPhpFpm, startProgram } from '@gatewire/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { viaNode } from './behaviours.js';
import { start, text, until } from './client.js';
import type { TestServer } from './client.js';

let front: TestServer | undefined;
let back: TestServer | undefined;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  await front?.close();
  await back?.close();
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  front = back = undefined;
});

const address = ({ protocol, host = '', port = 0 }: BoundAddress): RemoteAddress => ({
  protocol,
  host,
  port,
});

async function forward(options: RemoteOptions): Promise<string> {
  const app: ASGI3Application = remote(options);
  front = await start(app, { interface: 'asgi', lifespan: 'off', gracefulTimeout: 1 });
  return `http://${front.http.address}`;
}

/** A port at which every connection is treated so. */
async function misbehaving(protocol: Protocol, treat: (socket: Socket) => void): Promise<RemoteAddress> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    treat(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return { protocol, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

describe.each<Protocol>(['uwsgi', 'fastcgi', 'http'])('remote over %s', (protocol) => {
  test('methods, headers, cookies, statuses and bodies go there and back', async () => {
    back = await start(viaNode, { interface: 'node' });
    const base = await forward({ to: [address(back[protocol])] });
    const plain = await fetch(`${base}/plain?a=1`, { method: 'PUT', headers: { 'X-A': 'b' }, body: 'x' });
    expect(await plain.json()).toEqual({ url: '/plain', method: 'PUT', x: 'b' });
    expect((await fetch(`${base}/cookies`)).headers.getSetCookie()).toHaveLength(2);
    expect((await fetch(`${base}/status/404`)).status).toBe(404);
    expect(await (await fetch(`${base}/status/204`)).text()).toBe('');
    expect((await fetch(`${base}/status/200`, { method: 'HEAD' })).status).toBe(200);
    const body = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) ^ (i >> 8));
    const echoed = await fetch(`${base}/echo`, { method: 'POST', body });
    expect(Buffer.compare(Buffer.from(await echoed.arrayBuffer()), body)).toBe(0);
  });

  test('servers take turns; one that is down is passed over', async () => {
    back = await start(viaNode, { interface: 'node' });
    const other = await start(viaNode, { interface: 'node' });
    cleanUps.push(() => other.close());
    const dead = { protocol, host: '127.0.0.1', port: await freePort() };
    const base = await forward({ to: [address(back[protocol]), dead, address(other[protocol])] });
    for (let i = 0; i < 9; i++) expect((await fetch(`${base}/a`)).status).toBe(200);
    await until(() => (back?.access.length ?? 0) + other.access.length === 9);
    expect(back.access.length).toBeGreaterThan(2);
    expect(other.access.length).toBeGreaterThan(2);
  });

  test('nobody there: 502; silence: 504; what is no response: 502', async () => {
    const base = await forward({ to: [{ protocol, host: '127.0.0.1', port: await freePort() }] });
    expect((await fetch(`${base}/`)).status).toBe(502);
    await front?.close();
    const silent = await misbehaving(protocol, (socket) => socket.resume());
    expect((await fetch(`${await forward({ to: [silent], timeout: 0.1 })}/`)).status).toBe(504);
    await front?.close();
    const noise = await misbehaving(protocol, (socket) => {
      socket.resume();
      socket.end('\x01\xff nonsense \n\n');
    });
    expect((await fetch(`${await forward({ to: [noise] })}/`)).status).toBe(502);
  });

  test('an answer that breaks off is cut for the client too', async () => {
    back = await start(viaNode, { interface: 'node' });
    const base = await forward({ to: [address(back[protocol])] });
    const response = await fetch(`${base}/late`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test('a client that goes closes the connection', async () => {
    let opened = 0;
    let closed = 0;
    const silent = await misbehaving(protocol, (socket) => {
      opened++;
      socket.resume();
      socket.on('close', () => closed++);
    });
    const base = await forward({ to: [silent] });
    const stop = new AbortController();
    const answer = fetch(`${base}/`, { signal: stop.signal });
    await until(() => opened === 1);
    stop.abort();
    await expect(answer).rejects.toThrow();
    await until(() => closed === 1);
    expect(closed).toBe(1);
  });
});

test('a body of unknown size cannot go over uwsgi: 411', async () => {
  back = await start(viaNode, { interface: 'node' });
  const base = await forward({ to: [address(back.uwsgi)] });
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(text('x'));
      controller.close();
    },
  });
  expect((await fetch(`${base}/echo`, { method: 'POST', body, duplex: 'half' })).status).toBe(411);
});

/** A FastCGI record of request 1. */
function record(type: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Uint8Array.of(1, type, 0, 1, bytes.length >> 8, bytes.length, 0, 0), bytes]);
}

const OVERLOADED = Uint8Array.of(0, 0, 0, 0, 2, 0, 0, 0);
const COMPLETE = new Uint8Array(8);

test.each<[Protocol, string, Buffer | string, number]>([
  ['fastcgi', 'refuses', record(3, OVERLOADED), 502],
  ['fastcgi', 'ends without a head', record(3, COMPLETE), 502],
  ['fastcgi', 'has a head that is none', Buffer.concat([record(6, 'A B: c\n\n'), record(3, COMPLETE)]), 502],
  ['fastcgi', 'closes without an end', record(7, 'a warning'), 502],
  [
    'fastcgi',
    'warns and answers',
    Buffer.concat([record(7, 'w'), record(6, 'A: b\n\nc'), record(3, COMPLETE)]),
    200,
  ],
  ['uwsgi', 'says nothing', '', 502],
  ['uwsgi', 'stops in its head', 'HTTP/1.1 200 OK\r\nA:', 502],
  ['uwsgi', 'has a head that is none', 'HTTP/1.1 200 OK\r\nA B: c\r\n\r\n', 502],
])('over %s, one that %s', async (protocol, _, bytes, status) => {
  const peer = await misbehaving(protocol, (socket) => {
    socket.once('data', () => socket.end(bytes));
  });
  const response = await fetch(`${await forward({ to: [peer] })}/`);
  expect([response.status, await response.text()]).toEqual([status, status === 200 ? 'c' : 'Bad Gateway\n']);
});

test.each<[Protocol, Buffer | string]>([
  ['uwsgi', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
  ['fastcgi', Buffer.concat([record(6, 'Content-Length: 9\n\nhalf'), record(3, COMPLETE)])],
])('over %s, a body that is too short is cut', async (protocol, bytes) => {
  const peer = await misbehaving(protocol, (socket) => {
    socket.once('data', () => socket.end(bytes));
  });
  const url = await forward({ to: [peer] });
  // The cut may overtake the head.
  await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
});

test('a length that is none is a 400', async () => {
  const peer = await misbehaving('uwsgi', (socket) => socket.resume());
  const sent: object[] = [];
  const headers = [[Buffer.from('content-length'), Buffer.from('1 2')]];
  const scope = { type: 'http', method: 'POST', path: '/', headers };
  await remote({ to: [peer] })(
    { ...scope, query_string: Buffer.from(''), http_version: '1.1', asgi: { version: '3.0' } } as never,
    () => new Promise(() => undefined),
    (event) => {
      sent.push(event);
      return Promise.resolve();
    },
  );
  expect(sent[0]).toMatchObject({ type: 'http.response.start', status: 400 });
});

test('no server is a RangeError', () => {
  expect(() => remote({ to: [] })).toThrow(RangeError);
});

describeWith('uwsgi', 'remote to a real uWSGI', () => {
  test('a WSGI application in Python answers', async () => {
    const port = await freePort();
    const app = [
      'def application(environ, start_response):',
      "    start_response('200 OK', [('Content-Type', 'text/plain')])",
      "    return [environ['PATH_INFO'].encode(), b' ', environ['wsgi.input'].read()]",
    ].join('\n');
    const program = await startProgram(
      findProgram('uwsgi') ?? 'uwsgi',
      ['--plugin', 'python3', '--socket', `127.0.0.1:${port}`, '--eval', app, '--die-on-term', '--master'],
      { ready: { output: /spawned uWSGI worker 1 / } },
    );
    cleanUps.push(() => program.stop());
    const base = await forward({ to: [{ protocol: 'uwsgi', host: '127.0.0.1', port }] });
    const response = await fetch(`${base}/there`, { method: 'POST', body: 'and back' });
    expect(await response.text()).toBe('/there and back');
  });
});

describeWith(PHP_FPM, 'remote to a real php-fpm', () => {
  test('a script answers, by its document root', async () => {
    const fpm = await startPhpFpm({
      'www/echo.php':
        '<?php header("X-Script: " . $_SERVER["SCRIPT_NAME"]); echo file_get_contents("php://input");',
    });
    cleanUps.push(() => fpm.stop());
    const base = await forward({
      to: [{ protocol: 'fastcgi', path: fpm.socket }],
      variables: { documentRoot: `${fpm.prefix}/www` },
    });
    const response = await fetch(`${base}/echo.php`, { method: 'POST', body: 'through PHP' });
    expect([response.headers.get('x-script'), await response.text()]).toEqual(['/echo.php', 'through PHP']);
    expect((await fetch(`${base}/none.php`)).status).toBe(404);
  });
});
