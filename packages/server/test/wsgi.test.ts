import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { WSGIApplication, WSGIEnvironment } from '@gatewire/interfaces';
import { afterEach, describe, expect, test } from 'vitest';
import { answering, pause, start, text, PLAIN } from './client.js';
import type { TestServer } from './client.js';
import { overEveryPath } from './paths.js';
import type { Path } from './paths.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Sends the body back, chunk by chunk. */
const echo: WSGIApplication = (environ, startResponse) => {
  startResponse('200 OK', PLAIN);
  return environ['wsgi.input'];
};

function applicationSuite(path: Path): void {
  test('the environ of PEP 3333, and a body back', async () => {
    let seen: WSGIEnvironment | undefined;
    server = await start((environ, startResponse) => {
      seen = environ;
      startResponse('201 Created', [...PLAIN, ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]);
      return [text('hello '), text('world')];
    });
    const response = await path('/a%20b?c=%2B');
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('hello world');
    expect(seen).toMatchObject({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/a b',
      QUERY_STRING: 'c=%2B',
      SERVER_PROTOCOL: expect.stringMatching(/^HTTP\/1\.[01]$/) as string,
      'wsgi.version': [1, 0],
      'wsgi.url_scheme': 'http',
      'wsgi.multithread': false,
      'wsgi.multiprocess': false,
      'wsgi.run_once': false,
    });
  });

  test('a 1 MiB body goes in and comes back, streamed', async () => {
    server = await start(echo);
    const body = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) ^ (i >> 8));
    const response = await path('/', { method: 'POST', body });
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), body)).toBe(0);
  });

  test('an async generator is an application', async () => {
    server = await start(async function* (_environ, startResponse) {
      await pause(1);
      startResponse('200 OK', PLAIN);
      for (const part of ['one ', '', 'two ', 'three']) yield text(part);
    } as WSGIApplication);
    expect(await (await path('/')).text()).toBe('one two three');
  });

  test('HEAD, 204 and 304 have no body', async () => {
    server = await start(answering('200 OK', [...PLAIN, ['Content-Length', '5']], [text('hello')]));
    const head = await path('/', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    // RFC 9110 §9.3.2: it may be missing, and Apache's mod_proxy_fcgi leaves it out.
    expect(['5', null]).toContain(head.headers.get('content-length'));
    for (const status of ['204 No Content', '304 Not Modified']) {
      await server.close();
      server = await start(answering(status, [], [text('dropped')]));
      const response = await path('/');
      expect([response.status, await response.text()]).toEqual([Number(status.slice(0, 3)), '']);
    }
  });

  test('an error before the first byte is a 500 that leaks nothing', async () => {
    server = await start(() => {
      throw new Error('secret');
    });
    const response = await path('/x?y');
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error\n']);
    expect(server.log.map(({ event }) => event)).toEqual(['application_error']);
    expect(server.log[0].message).toMatch(/^GET \/x\?y: answered with 500: Error: secret\n/);
  });

  test('an error behind an empty chunk is a 500 still: the head waits for the first byte', async () => {
    server = await start(function* (_environ, startResponse) {
      startResponse('200 OK', PLAIN);
      yield new Uint8Array(0);
      throw new Error('late');
    } as WSGIApplication);
    expect((await path('/')).status).toBe(500);
  });

  test('a body longer than Content-Length is cut there', async () => {
    server = await start(function* (_environ, startResponse) {
      startResponse('200 OK', [['Content-Length', '4']]);
      yield text('abc');
      yield text('def');
      throw new Error('not reached');
    } as WSGIApplication);
    expect(await (await path('/')).text()).toBe('abcd');
    expect(server.log).toEqual([]);
  });

  test('write() sends before the body', async () => {
    server = await start((_environ, startResponse) => {
      const write = startResponse('200 OK', PLAIN);
      void write(text('first '));
      void write(text('second '));
      return [text('third')];
    });
    expect(await (await path('/')).text()).toBe('first second third');
  });

  test('start_response again: with excInfo it replaces, without it is an error', async () => {
    const replacing: WSGIApplication = (_environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      startResponse('503 Busy', PLAIN, new Error('later'));
      return [text('x')];
    };
    server = await start(replacing);
    expect((await path('/')).status).toBe(503);
    await server.close();
    server = await start((_environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      startResponse('200 OK', PLAIN);
      return [];
    });
    expect((await path('/')).status).toBe(500);
    expect(server.log[0].message).toMatch(/called before/);
  });
}

overEveryPath(applicationSuite, () => server!);

describe('over HTTP', () => {
  test('Expect: 100-continue is answered before the body is sent', async () => {
    server = await start(echo);
    const { host, port } = server.http;
    const order: string[] = [];
    const sent = httpRequest({
      host,
      port,
      method: 'POST',
      headers: { Expect: '100-continue', 'Content-Length': 5 },
    });
    sent.on('continue', () => {
      order.push('continue');
      sent.end('hello');
    });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    order.push(String(response.statusCode));
    for await (const chunk of response) order.push(String(chunk));
    expect(order).toEqual(['continue', '200', 'hello']);
  });
});
