import { defineApp } from '@gatewire/interfaces';
import type { ASGIProtocolHandler, WSGIApplication } from '@gatewire/interfaces';
import { serve } from '@gatewire/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answering, request, start, text, until } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
  server = undefined;
});

/** Answers with what the lifespan stored. */
const http: ASGIProtocolHandler<'http'> = async (scope, _receive, send) => {
  const stored = scope.state?.['greeting'] ?? (scope.state === undefined ? 'no state' : 'empty');
  if (scope.state !== undefined) scope.state['greeting'] = 'changed by a request';
  await send({ type: 'http.response.start', status: 200 });
  await send({ type: 'http.response.body', body: text(JSON.stringify(stored)) });
};

describe('lifespan', () => {
  test('startup before the first request, shutdown after the last; each request has a copy of the state', async () => {
    const events: string[] = [];
    server = await start(
      defineApp({
        http,
        async lifespan(scope, receive, send) {
          events.push((await receive()).type);
          Object.assign(scope.state ?? {}, { greeting: 'hello' });
          await send({ type: 'lifespan.startup.complete' });
          events.push((await receive()).type);
          await send({ type: 'lifespan.shutdown.complete' });
          events.push('returned');
        },
      }),
    );
    expect(events).toEqual(['lifespan.startup']);
    expect((await request(server.uwsgi)).body.toString()).toBe('"hello"');
    expect((await request(server.uwsgi)).body.toString()).toBe('"hello"');
    await server.close();
    expect(events).toEqual(['lifespan.startup', 'lifespan.shutdown', 'returned']);
  });

  test('an application without lifespan runs without state', async () => {
    server = await start(defineApp({ http }));
    expect((await request(server.uwsgi)).body.toString()).toBe('"no state"');
    expect(server.log).toMatchObject([{ level: 'debug', event: 'lifespan_unsupported' }]);
  });

  test('off: it is not asked', async () => {
    const lifespan = (): Promise<void> => Promise.reject(new Error('must not be called'));
    server = await start(defineApp({ http, lifespan }), { lifespan: 'off' });
    expect((await request(server.uwsgi)).body.toString()).toBe('"no state"');
    expect(server.log).toEqual([]);
  });

  test.each<[string, ASGIProtocolHandler<'lifespan'>, 'auto' | 'on', RegExp]>([
    [
      'startup.failed',
      async (_scope, receive, send) => {
        await receive();
        await send({ type: 'lifespan.startup.failed', message: 'no database' });
      },
      'auto',
      /^the application failed to start: no database$/,
    ],
    [
      'startup.failed without a message',
      async (_scope, receive, send) => {
        await receive();
        await send({ type: 'lifespan.startup.failed' });
      },
      'auto',
      /^the application failed to start$/,
    ],
    [
      'something else than an error, with lifespan on',
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- applications do it
      () => Promise.reject('no database'),
      'on',
      /failed to start: no database/,
    ],
    [
      'an error, with lifespan on',
      () => Promise.reject(new Error('broken')),
      'on',
      /failed to start: broken/,
    ],
    [
      'a return, with lifespan on',
      () => Promise.resolve(),
      'on',
      /returned without an answer to lifespan.startup/,
    ],
  ])('%s: the server does not start', async (_, lifespan, mode, reason) => {
    await expect(start(defineApp({ http, lifespan }), { lifespan: mode })).rejects.toThrow(reason);
  });

  test.each([
    ['a function that nothing marks', answering('200 OK', [], []), undefined, 'wsgi'],
    ['a Fetch handler', { fetch: () => new Response('') }, undefined, 'fetch'],
    ['what is said to be (req, res)', () => undefined, 'node', 'node'],
  ] as const)('on, and %s: it has none, so the server does not start', async (_, app, kind, taken) => {
    const options = { listen: [], lifespan: 'on', ...(kind && { interface: kind }) } as const;
    const message = `lifespan: 'on' is for ASGI applications, and this one is taken for ${taken}; if it is one, say interface: 'asgi'`;
    await expect(serve(app as WSGIApplication, options)).rejects.toThrow(new TypeError(message));
    const server = await serve(app as WSGIApplication, { ...options, lifespan: 'auto' });
    await server.close();
  });

  test('a failed shutdown is logged', async () => {
    server = await start(
      defineApp({
        http,
        async lifespan(_scope, receive, send) {
          await receive();
          await send({ type: 'lifespan.startup.complete' });
          await receive();
          await send({ type: 'lifespan.shutdown.failed', message: 'disk full' });
        },
      }),
    );
    await server.close();
    expect(server.log).toMatchObject([{ event: 'lifespan_failed', message: /shutdown failed: disk full/ }]);
  });

  test('an application that does not answer is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const silent: ASGIProtocolHandler<'lifespan'> = () => new Promise(() => undefined);
    const starting = expect(start(defineApp({ http, lifespan: silent }))).rejects.toThrow(
      /no answer to lifespan.startup within [0-9]+ s/,
    );
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    await vi.advanceTimersByTimeAsync(3_600_000);
    await starting;
  });

  test('one that fails while it serves is in the log, and serves on', async () => {
    let go: () => void = () => undefined;
    const waited = new Promise<void>((resolve) => (go = resolve));
    server = await start(
      defineApp({
        http,
        async lifespan(_scope, receive, send) {
          await receive();
          await send({ type: 'lifespan.startup.complete' });
          await waited;
          throw new Error('lost');
        },
      }),
    );
    go();
    await until(() => server!.log.length > 0);
    expect(server.log[0].message).toMatch(/lifespan failed: Error: lost/);
    expect((await request(server.uwsgi)).status).toBe(200);
  });

  test('an event that is not allowed now, or none, is refused', async () => {
    let refused: unknown;
    server = await start(
      defineApp({
        http,
        async lifespan(_scope, receive, send) {
          await receive();
          refused = await send({ type: 'lifespan.shutdown.complete' }).catch(String);
          await expect(send({} as never)).rejects.toThrow(/^Object is not allowed now/);
          await send({ type: 'lifespan.startup.complete' });
        },
      }),
    );
    expect(refused).toMatch(/expected lifespan.startup.complete or lifespan.startup.failed/);
  });
});
