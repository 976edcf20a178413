import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { RequestListener } from 'node:http';
import express from 'express';
import Koa from 'koa';
import { afterEach, describe, expect, test } from 'vitest';
import { pause, start, text, until } from './client.js';
import type { TestServer } from './client.js';
import { overEveryPath } from './paths.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('nodeToAsgi', () => {
  const expressApp = express();
  expressApp.use(express.json());
  expressApp.get('/hello/:name', (req, res) => {
    res.cookie('seen', '1').send(`hello ${req.params.name} from ${req.ip}`);
  });
  expressApp.post('/json', (req, res) => {
    res.json({ got: (req.body as { a: number }).a });
  });
  const koaApp = new Koa();
  koaApp.use(async (context) => {
    const chunks: Buffer[] = [];
    for await (const chunk of context.req) chunks.push(chunk as Buffer);
    if (context.path === '/json')
      context.body = { got: (JSON.parse(String(Buffer.concat(chunks))) as { a: number }).a };
    else if (context.path.startsWith('/hello/')) {
      context.cookies.set('seen', '1');
      context.body = `hello ${context.path.slice(7)} from ${context.ip}`;
    }
  });

  describe.each<[string, RequestListener]>([
    ['Express', expressApp],
    ['Koa', koaApp.callback()],
  ])('%s runs unchanged', (_, listener) => {
    overEveryPath(
      (path) =>
        test('parameters, cookies, JSON, addresses, 404', async () => {
          server = await start(listener, { interface: 'node' });
          const hello = await path('/hello/there');
          expect(await hello.text()).toBe('hello there from 127.0.0.1');
          expect(hello.headers.getSetCookie()).toHaveLength(1);
          const headers = { 'content-type': 'application/json' };
          const posted = await path('/json', { method: 'POST', headers, body: text('{"a":1}') });
          if (posted.headers.get('content-type')?.startsWith('application/json') === true) {
            expect(await posted.json()).toEqual({ got: 1 });
          }
          expect((await path('/none')).status).toBe(404);
        }),
      () => server!,
    );
  });

  test('the request is destroyed when the client goes', async () => {
    let destroyed = false;
    server = await start(
      ((req) => {
        req.on('close', () => (destroyed = true));
      }) as RequestListener,
      { interface: 'node', gracefulTimeout: 0.1 },
    );
    const stop = new AbortController();
    const answer = fetch(`http://${server.http.address}/`, { signal: stop.signal });
    await until(() => server!.calls === 1);
    stop.abort();
    await expect(answer).rejects.toThrow();
    await until(() => destroyed);
    expect(destroyed).toBe(true);
  });

  test('a slow reader holds the producer', async () => {
    let produced = 0;
    server = await start(
      ((_req, res) => {
        const more = (): void => {
          while (produced < 2000 && res.write(Buffer.alloc(65_536))) produced++;
          if (produced++ < 2000) res.once('drain', more);
          else res.end();
        };
        more();
      }) as RequestListener,
      { interface: 'node' },
    );
    const stop = new AbortController();
    const response = await fetch(`http://${server.http.address}/`, { signal: stop.signal });
    await response.body?.getReader().read();
    await pause(300);
    expect(produced).toBeLessThan(1000);
    stop.abort();
  });

  test('early hints go through', async () => {
    const hinting: RequestListener = (_req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => res.end('body'));
    };
    server = await start(hinting, { interface: 'node' });
    const sent = httpRequest({ host: server.http.host, port: server.http.port });
    const hints: unknown[] = [];
    sent.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers['link']]));
    sent.end();
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    expect([hints, Buffer.concat(chunks).toString()]).toEqual([[[103, '</a.css>; rel=preload']], 'body']);
  });
});

test('a body that waits often for its reader leaves no listeners behind', async () => {
  const warnings: string[] = [];
  const warned = (warning: Error): number => warnings.push(warning.name);
  process.on('warning', warned);
  const slow: RequestListener = (req, res) => {
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      req.pause();
      setTimeout(() => req.resume(), 1);
    });
    req.on('end', () => res.end(String(bytes)));
  };
  server = await start(slow, { interface: 'node' });
  const body = new Uint8Array(4 << 20);
  const response = await fetch(`http://${server.http.address}/`, { method: 'POST', body });
  expect(await response.text()).toBe(String(body.length));
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});
