import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { pause, request, start, text, until } from './client.js';
import type { TestServer } from './client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('fetchToAsgi', () => {
  test('the signal is aborted when the client goes', async () => {
    let aborted = false;
    let called = false;
    server = await start(
      {
        fetch: (incoming) => {
          called = true;
          incoming.signal.addEventListener('abort', () => (aborted = true));
          return new Promise<never>(() => undefined);
        },
      },
      { gracefulTimeout: 0.1 },
    );
    const stop = new AbortController();
    const answer = fetch(`http://${server.http.address}/`, { signal: stop.signal });
    await until(() => called);
    stop.abort();
    await expect(answer).rejects.toThrow();
    await until(() => aborted);
    expect(aborted).toBe(true);
  });

  test('a client that goes while the response streams: its source is cancelled', async () => {
    let cancelled = false;
    server = await start({
      fetch: () =>
        new Response(
          new ReadableStream({
            pull: async (controller) => {
              await pause(1);
              controller.enqueue(new Uint8Array(65_536));
            },
            cancel: () => {
              cancelled = true;
            },
          }),
        ),
    });
    const stop = new AbortController();
    const response = await fetch(`http://${server.http.address}/`, { signal: stop.signal });
    await response.body?.getReader().read();
    stop.abort();
    await until(() => cancelled);
    expect(cancelled).toBe(true);
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('what a Request cannot say is refused, or lost as documented', async () => {
    const seen: string[] = [];
    server = await start({
      fetch: async (incoming, { scope }) => {
        seen.push(`${incoming.url} ${await incoming.text()} ${scope.client?.[0]}`);
        return new Response('ok');
      },
    });
    const of = async (...pairs: string[]): Promise<number> => (await request(server!.uwsgi, pairs)).status;
    expect(await of('REQUEST_METHOD', 'TRACE')).toBe(501);
    expect(await of('HTTP_HOST', 'a b')).toBe(400);
    expect(await of('HTTP_HOST', 'a@b')).toBe(400);
    expect(
      await of('HTTP_HOST', 'example.com', 'REQUEST_URI', '//evil.example/x', 'REMOTE_ADDR', '10.0.0.1'),
    ).toBe(200);
    expect(
      (await request(server.uwsgi, ['REQUEST_METHOD', 'GET', 'HTTP_HOST', 'a'], text('lost'))).status,
    ).toBe(200);
    expect(seen).toEqual(['http://example.com//evil.example/x  10.0.0.1', 'http://a/  undefined']);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['no Response', () => 'text', /returned no Response/],
    ['Response.error()', () => Response.error(), /of status 0/],
  ])('%s is a 500', async (_, answer, reason) => {
    server = await start({ fetch: answer as () => Response });
    expect((await request(server.uwsgi)).status).toBe(500);
    expect(server.log[0].message).toMatch(reason);
  });

  test('a Hono application runs', async () => {
    const app = new Hono();
    app.get('/hello/:name', (context) => context.text(`hello ${context.req.param('name')}`));
    app.post('/json', async (context) => context.json({ got: (await context.req.json<{ a: number }>()).a }));
    server = await start(app);
    const base = `http://${server.http.address}`;
    expect(await (await fetch(`${base}/hello/hono`)).text()).toBe('hello hono');
    const posted = await fetch(`${base}/json`, { method: 'POST', body: '{"a":1}' });
    expect(await posted.json()).toEqual({ got: 1 });
    expect((await fetch(`${base}/none`)).status).toBe(404);
  });
});
