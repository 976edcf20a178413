import { once } from 'node:events';
import { createServer } from 'node:http';
import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type { ASGI3Application, HTTPScope } from '@gatewire/interfaces';
import { asgiToFetch, asgiToNode, fetchToAsgi } from '@gatewire/server/adapters';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { viaFetch } from './behaviours.js';
import { pause, text, until } from './client.js';

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const quiet = { log: () => undefined };

/** An ASGI application with the behaviour of those above. */
const native = defineApp({
  async http(scope, receive, send) {
    const { path } = scope;
    if (path === '/error') throw new Error('early');
    const status = path.startsWith('/status/') ? Number(path.slice(8)) : 200;
    const headers = asgiHeaders(path === '/cookies' ? { 'set-cookie': ['a=1', 'b=2'] } : {});
    await send({ type: 'http.response.start', status, headers });
    if (path === '/late') {
      await send({ type: 'http.response.body', body: text('begun'), more_body: true });
      await pause(20);
      throw new Error('late');
    }
    for (let more = path === '/echo'; more;) {
      const event = await receive();
      if (event.type !== 'http.request') return;
      more = event.more_body === true;
      await send({ type: 'http.response.body', body: event.body, more_body: true });
    }
    await send({
      type: 'http.response.body',
      body: path === '/echo' ? undefined : text(`you asked for ${path}`),
    });
  },
  async websocket(_scope, receive, send) {
    await receive();
    await send({ type: 'websocket.accept' });
    await send({ type: 'websocket.send', text: 'hello' });
    await send({ type: 'websocket.close' });
  },
});

describe('asgiToFetch', () => {
  const handler = asgiToFetch(native, quiet);
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    handler.fetch(new Request(`http://example.com${path}`, init));

  test('status, headers and body', async () => {
    const response = await ask('/a%20b');
    expect([response.status, await response.text()]).toEqual([200, 'you asked for /a b']);
    expect((await ask('/cookies')).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('a body is streamed both ways', async () => {
    const body = new Uint8Array(1 << 20).fill(7);
    const response = await ask('/echo', { method: 'POST', body });
    expect((await response.arrayBuffer()).byteLength).toBe(1 << 20);
  });

  test.each([204, 205, 304])('%i has no body', async (status) => {
    const response = await ask(`/status/${status}`);
    expect([response.status, response.body]).toEqual([status, null]);
  });

  test('HEAD has none either', async () => {
    expect((await ask('/', { method: 'HEAD' })).body).toBeNull();
  });

  test('an error before the body is a 500, one in the middle an error of the body', async () => {
    expect((await ask('/error')).status).toBe(500);
    const late = await ask('/late');
    expect(late.status).toBe(200);
    await expect(late.text()).rejects.toThrow(/in the middle of the response/);
  });

  test('cancelling the body tells the application', async () => {
    let told = '';
    const endless = asgiToFetch(
      defineApp({
        async http(_scope, receive, send) {
          await send({ type: 'http.response.start', status: 200 });
          await send({ type: 'http.response.body', body: text('x'), more_body: true });
          await receive();
          told = (await receive()).type;
        },
      }),
      quiet,
    );
    const response = await endless.fetch(new Request('http://example.com/'));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await until(() => told !== '');
    expect(told).toBe('http.disconnect');
    await endless.close();
  });

  test('what a Response and a Request cannot say is lost: addresses, early hints, trailers, upgrades', async () => {
    let seen: HTTPScope | undefined;
    const handler = asgiToFetch(
      defineApp({
        async http(scope, _receive, send) {
          seen = scope;
          const hint = send({ type: 'http.response.early_hint', links: [] });
          await expect(hint).rejects.toThrow(/does not offer it/);
          const trailers = send({ type: 'http.response.start', status: 200, trailers: true });
          await expect(trailers).rejects.toThrow(/does not offer it/);
          await send({ type: 'http.response.start', status: 200 });
          await send({ type: 'http.response.body' });
        },
      }),
      quiet,
    );
    await handler.fetch(new Request('http://example.com:8080/a/../b?c'));
    expect(seen).toMatchObject({ client: null, server: ['example.com', 8080], path: '/b' });
    expect(seen?.extensions ?? {}).toEqual({});
  });

  test('there and back: a Fetch handler through ASGI', async () => {
    const round = asgiToFetch(fetchToAsgi(viaFetch), quiet);
    const response = await round.fetch(
      new Request('http://example.com/echo', { method: 'POST', body: 'round' }),
    );
    expect(await response.text()).toBe('round');
  });
});

describe('asgiToNode', () => {
  async function listen(app: ASGI3Application): Promise<string> {
    const listener = asgiToNode(app, quiet);
    const http = createServer(listener).on('upgrade', listener.upgrade).listen(0, '127.0.0.1');
    await once(http, 'listening');
    cleanUps.push(async () => {
      http.closeAllConnections();
      http.close();
      await listener.close();
    });
    return `127.0.0.1:${(http.address() as { port: number }).port}`;
  }

  test('HTTP and WebSockets in a server of somebody else', async () => {
    const address = await listen(native);
    expect(await (await fetch(`http://${address}/a`)).text()).toBe('you asked for /a');
    const echoed = await fetch(`http://${address}/echo`, { method: 'POST', body: 'there' });
    expect(await echoed.text()).toBe('there');
    const socket = new WebSocket(`ws://${address}/`);
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(message.toString()).toBe('hello');
    await once(socket, 'close');
  });

  test('a client that goes is a disconnect; one that reads slowly holds the application', async () => {
    let told = '';
    let sent = 0;
    const address = await listen(
      defineApp({
        async http(_scope, receive, send) {
          await send({ type: 'http.response.start', status: 200 });
          const pouring = async (): Promise<void> => {
            for (; sent < 2000; sent++) {
              await send({ type: 'http.response.body', body: new Uint8Array(65_536), more_body: true });
            }
          };
          const ended = pouring().catch((error: unknown) => (error as Error).name);
          await receive();
          told = `${(await receive()).type} ${String(await ended)}`;
        },
      }),
    );
    const stop = new AbortController();
    const response = await fetch(`http://${address}/`, { signal: stop.signal });
    await response.body?.getReader().read();
    await pause(200);
    expect(sent).toBeLessThan(1000);
    stop.abort();
    await until(() => told !== '');
    expect(told).toBe('http.disconnect ClientGone');
  });

  test('an application that refuses to start answers with 500', async () => {
    const refusing = defineApp({
      async lifespan(_scope, receive, send) {
        await receive();
        await send({ type: 'lifespan.startup.failed', message: 'no' });
      },
    });
    const listener = asgiToNode(refusing, quiet);
    await expect(listener.start()).rejects.toThrow(/failed to start: no/);
    const address = await listen(refusing);
    expect((await fetch(`http://${address}/`)).status).toBe(500);
  });
});
