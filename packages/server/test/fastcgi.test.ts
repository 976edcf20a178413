import { FCGI_KEEP_CONN, FcgiWebServer } from '@gatewire/fastcgi';
import type { StartResponse, WSGIApplication, WSGIEnvironment } from '@gatewire/interfaces';
import { describeWith, hex, makeTempDir, passLocation, startNginx } from '@gatewire/testkit';
import { serve } from '@gatewire/server';
import { afterEach, describe, expect, test } from 'vitest';
import { FastcgiClient } from './fastcgi-client.js';
import { answering, open, pause, PLAIN, readAll, start, text, until } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const GET = ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'REQUEST_URI', '/'];
const NOTHING = new Uint8Array(0);

describe('a FastCGI connection', () => {
  test('KEEP_CONN: one request after the other, closed when one comes without it', async () => {
    server = await start(answering('200 OK', PLAIN, [text('fine')]));
    const client = await FastcgiClient.open(server.fastcgi);
    for (const keepConn of [true, true, false]) {
      const answer = await client.request(GET, NOTHING, keepConn);
      expect([answer.head?.status, answer.body.toString(), answer.ended]).toEqual([200, 'fine', true]);
    }
    expect(await client.closes(1000)).toBe(true);
    expect(server.access.map(({ protocol, status, aborted }) => [protocol, status, aborted])).toEqual(
      Array(3).fill(['fastcgi', 200, false]),
    );
  });

  test('GET_VALUES and unknown management records are answered; a second request at once is refused', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    server = await start(async (_environ, startResponse) => {
      await gate;
      startResponse('200 OK', []);
      return [text('first')];
    });
    const socket = await open(server.fastcgi);
    const web = new FcgiWebServer({ maxRequests: 2 });
    const seen: string[] = [];
    socket.on('data', (chunk: Buffer) => {
      web.receive(chunk);
      for (let event = web.next(); event !== null; event = web.next()) {
        if (event.kind === 'values') seen.push(event.pairs.join(' '));
        else if (event.kind === 'end') seen.push(`end ${event.requestId} ${event.protocolStatus}`);
        else seen.push(event.kind);
      }
    });
    for (const chunk of web.getValues(['FCGI_MPXS_CONNS'])) socket.write(chunk);
    socket.write(hex`01 63 00 00 00 00 00 00`);
    await until(() => seen.length === 2);
    expect(seen).toEqual(['FCGI_MPXS_CONNS 0', 'unknownType']);
    const [first, second] = [web.begin(1, FCGI_KEEP_CONN), web.begin(1, FCGI_KEEP_CONN)];
    for (const chunk of [...web.params(first, GET), ...web.stdinEnd(first)]) socket.write(chunk);
    for (const chunk of [...web.params(second, GET), ...web.stdinEnd(second)]) socket.write(chunk);
    await until(() => seen.length === 3);
    expect(seen[2]).toBe(`end ${second} 1`); // CANT_MPX_CONN
    release();
    await until(() => seen.includes(`end ${first} 0`));
    expect(seen.at(-1)).toBe(`end ${first} 0`);
    socket.destroy();
  });

  test('ABORT_REQUEST reaches the application, is answered with END_REQUEST, and the connection lives on', async () => {
    const told: string[] = [];
    server = await start((environ, startResponse) => {
      if (environ.REQUEST_METHOD === 'GET')
        return answering('200 OK', [], [text('fine')])(environ, startResponse);
      environ['gatewire.client']?.signal.addEventListener('abort', () => told.push('signal'));
      return new Promise(() => undefined);
    });
    const socket = await open(server.fastcgi);
    const web = new FcgiWebServer();
    const ended: number[] = [];
    socket.on('data', (chunk: Buffer) => {
      web.receive(chunk);
      for (let event = web.next(); event !== null; event = web.next())
        if (event.kind === 'end') ended.push(event.requestId);
    });
    const id = web.begin(1, FCGI_KEEP_CONN);
    for (const chunk of web.params(id, ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '5']))
      socket.write(chunk);
    await until(() => server!.calls === 1);
    for (const chunk of web.abort(id)) socket.write(chunk);
    await until(() => ended.length === 1);
    expect([told, ended]).toEqual([['signal'], [id]]);
    const next = web.begin(1, 0);
    for (const chunk of [...web.params(next, GET), ...web.stdinEnd(next)]) socket.write(chunk);
    await until(() => ended.length === 2);
    expect(ended).toEqual([id, next]);
    socket.destroy();
  });

  test('malformed records: closed without an answer, one line on the log', async () => {
    server = await start(answering('200 OK', [], []));
    const socket = await open(server.fastcgi);
    const closed = readAll(socket);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    expect((await closed).body).toHaveLength(0);
    expect(server.log.map((entry) => [entry.event, entry['code'], entry['offset']])).toEqual([
      ['peer_error', 'FCGI_BAD_VERSION', 0],
    ]);
  });

  test('a silent one is closed at the limit, one between two requests is not', async () => {
    server = await start(answering('200 OK', [], []), { headerTimeout: 0.2 });
    const silent = await FastcgiClient.open(server.fastcgi);
    const kept = await FastcgiClient.open(server.fastcgi);
    await kept.request(GET, NOTHING, true);
    expect(await silent.closes(1000)).toBe(true);
    expect(await kept.closes(300)).toBe(false);
    // A further request that stops half-way has the same limit as the first.
    kept.write(hex`01 01 00 01 00 08 00 00 00 01 01 00 00 00 00 00`);
    expect(await kept.closes(1000)).toBe(true);
    expect(server.log.map(({ event }) => event)).toEqual(['timeout', 'timeout']);
  });

  test('close() ends a kept connection between two requests at once', async () => {
    server = await start(answering('200 OK', [], []));
    const kept = await FastcgiClient.open(server.fastcgi);
    await kept.request(GET, NOTHING, true);
    const closes = kept.closes(2000);
    await server.close();
    expect(await closes).toBe(true);
  });
});

/** Sends half of a response, then fails. */
const breaking: WSGIApplication = async function* (_environ: WSGIEnvironment, startResponse: StartResponse) {
  startResponse('200 OK', PLAIN);
  yield text('half');
  await pause(50);
  throw new Error('broken');
};

describeWith('nginx', 'an error after the head', () => {
  // What a client of nginx sees of it: not a response that looks complete.
  test.each([
    ['uwsgi over TCP', 'uwsgi', 'tcp', ''],
    ['FastCGI over TCP', 'fastcgi', 'tcp', ''],
    ['FastCGI over a unix socket', 'fastcgi', 'unix', ''],
    ['FastCGI over a unix socket, kept', 'fastcgi', 'unix', 'fastcgi_keep_conn on;'],
  ] as const)('%s: is cut off', async (_, protocol, family, more) => {
    const temp = await makeTempDir('gatewire-server');
    const listen =
      family === 'tcp'
        ? { protocol, host: '127.0.0.1', port: 0 }
        : { protocol, path: `${temp.path}/app.sock` };
    const running = await serve(breaking, { listen: [listen], log: () => undefined });
    const nginx = await startNginx({
      locations: [passLocation(protocol, running.addresses[0].address, more)],
    });
    // With its head or even before that, the connection ends: never does half a body look like a whole one.
    await expect(fetch(`${nginx.url}/`).then((answer) => answer.text())).rejects.toThrow();
    await nginx.stop();
    await running.close();
    await temp.remove();
  });
});
