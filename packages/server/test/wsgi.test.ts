import type { StartResponse, WSGIApplication, WSGIEnvironment } from '@gatewire/interfaces';
import { describeWith, passLocation, startNginx } from '@gatewire/testkit';
import type { RunningNginx } from '@gatewire/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { open, pause, readAll, request, start, text, until } from './client.js';
import type { TestServer } from './client.js';
import { encodeRequest } from '@gatewire/uwsgi';

let server: TestServer | undefined;
let nginx: RunningNginx | undefined;

afterEach(async () => {
  await nginx?.stop();
  await server?.close();
  server = nginx = undefined;
});

const PLAIN = [['Content-Type', 'text/plain']] as const;

/** Sends the body back, chunk by chunk. */
const echo: WSGIApplication = (environ, startResponse) => {
  startResponse('200 OK', PLAIN);
  return environ['wsgi.input'];
};

const answering =
  (
    status: string,
    headers: readonly (readonly [string, string])[],
    body: readonly Uint8Array[],
  ): WSGIApplication =>
  (_, startResponse) => {
    startResponse(status, headers);
    return body;
  };

/** The same request over uwsgi, over HTTP, and over uwsgi behind nginx. */
interface Path {
  readonly name: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

async function overUwsgi(path: string, init: RequestInit = {}): Promise<Response> {
  const [pathInfo, query = ''] = path.split('?');
  const pairs = [
    ...[
      'REQUEST_METHOD',
      init.method ?? 'GET',
      'REQUEST_URI',
      path,
      'PATH_INFO',
      decodeURI(pathInfo),
      'QUERY_STRING',
      query,
    ],
    ...[
      'HTTP_HOST',
      'localhost',
      'SERVER_PROTOCOL',
      'HTTP/1.1',
      'REMOTE_ADDR',
      '127.0.0.1',
      'SERVER_NAME',
      'localhost',
    ],
  ];
  const { status, body, head } = await request(server!.uwsgi, pairs, init.body as Uint8Array | undefined);
  const headers = head
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(': ') as [string, string]);
  const bodyless = init.method === 'HEAD' || status === 204 || status === 304;
  if (bodyless) expect(body).toHaveLength(0);
  return new Response(bodyless ? null : body, { status, headers });
}

function applicationSuite(path: () => Path): void {
  test('the environ of PEP 3333, and a body back', async () => {
    let seen: WSGIEnvironment | undefined;
    server = await start((environ, startResponse) => {
      seen = environ;
      startResponse('201 Created', [...PLAIN, ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]);
      return [text('hello '), text('world')];
    });
    const response = await path().fetch('/a%20b?c=%31');
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('hello world');
    expect(seen).toMatchObject({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/a b',
      QUERY_STRING: 'c=%31',
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
    const response = await path().fetch('/', { method: 'POST', body });
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), body)).toBe(0);
  });

  test('an async generator is an application', async () => {
    server = await start(async function* (_environ, startResponse) {
      await pause(1);
      startResponse('200 OK', PLAIN);
      for (const part of ['one ', '', 'two ', 'three']) yield text(part);
    } as WSGIApplication);
    expect(await (await path().fetch('/')).text()).toBe('one two three');
  });

  test('HEAD, 204 and 304 have no body', async () => {
    server = await start(answering('200 OK', [...PLAIN, ['Content-Length', '5']], [text('hello')]));
    const head = await path().fetch('/', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', '']);
    for (const status of ['204 No Content', '304 Not Modified']) {
      await server.close();
      server = await start(answering(status, [], [text('dropped')]));
      const response = await path().fetch('/');
      expect([response.status, await response.text()]).toEqual([Number(status.slice(0, 3)), '']);
    }
  });

  test('an error before the first byte is a 500 that leaks nothing', async () => {
    server = await start(() => {
      throw new Error('secret');
    });
    const response = await path().fetch('/x?y');
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
    expect((await path().fetch('/')).status).toBe(500);
  });

  test('a body longer than Content-Length is cut there', async () => {
    server = await start(function* (_environ, startResponse) {
      startResponse('200 OK', [['Content-Length', '4']]);
      yield text('abc');
      yield text('def');
      throw new Error('not reached');
    } as WSGIApplication);
    expect(await (await path().fetch('/')).text()).toBe('abcd');
    expect(server.log).toEqual([]);
  });

  test('write() sends before the body', async () => {
    server = await start((_environ, startResponse) => {
      const write = startResponse('200 OK', PLAIN);
      void write(text('first '));
      void write(text('second '));
      return [text('third')];
    });
    expect(await (await path().fetch('/')).text()).toBe('first second third');
  });

  test('start_response again: with excInfo it replaces, without it is an error', async () => {
    const replacing: WSGIApplication = (_environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      startResponse('503 Busy', PLAIN, new Error('later'));
      return [text('x')];
    };
    server = await start(replacing);
    expect((await path().fetch('/')).status).toBe(503);
    await server.close();
    server = await start((_environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      startResponse('200 OK', PLAIN);
      return [];
    });
    expect((await path().fetch('/')).status).toBe(500);
    expect(server.log[0].message).toMatch(/called before/);
  });
}

describe('over uwsgi', () => {
  applicationSuite(() => ({ name: 'uwsgi', fetch: overUwsgi }));
});

describe('over HTTP', () => {
  applicationSuite(() => ({
    name: 'http',
    fetch: (path, init) => fetch(`http://${server!.http.address}${path}`, init),
  }));
});

describeWith('nginx', 'over uwsgi behind nginx', () => {
  applicationSuite(() => ({
    name: 'nginx',
    fetch: async (path, init) => {
      await nginx?.stop();
      nginx = await startNginx({
        locations: [passLocation('uwsgi', server!.uwsgi.address, 'client_max_body_size 0;')],
      });
      return fetch(`${nginx.url}${path}`, init);
    },
  }));
});

describe('rules of PEP 3333', () => {
  test.each<[string, (start: StartResponse) => unknown, RegExp]>([
    ['no start_response', () => [text('x')], /before a valid start_response/],
    ['a string body', (start) => (start('200 OK', []), 'text'), /no iterable of Uint8Array/],
    ['a Uint8Array body', (start) => (start('200 OK', []), text('x')), /no iterable of Uint8Array/],
    ['no body', (start) => void start('200 OK', []), /no iterable of Uint8Array/],
    ['a string chunk', (start) => (start('200 OK', []), ['text']), /a body chunk is a string/],
    ['a status without reason', (start) => (start('200', []), []), /status is "200"/],
    ['a status that splits', (start) => (start('200 OK\r\nX: y', []), []), /status is/],
    ['an interim status', (start) => (start('103 Early Hints', []), []), /200 or more/],
    ['a header that splits', (start) => (start('200 OK', [['X', 'a\r\nY: b']]), []), /control character/],
    ['a header that is no token', (start) => (start('200 OK', [['X Y', 'a']]), []), /not a token/],
    ['a value past Latin-1', (start) => (start('200 OK', [['X', '\u010a']]), []), /not Latin-1/],
    [
      'a hop-by-hop header',
      (start) => (start('200 OK', [['Connection', 'close']]), []),
      /the server's to set/,
    ],
    [
      'a transfer coding',
      (start) => (start('200 OK', [['Transfer-Encoding', 'chunked']]), []),
      /the server's/,
    ],
    [
      'Status among the headers',
      (start) => (start('200 OK', [['Status', '404']]), []),
      /the server's to set/,
    ],
    [
      'two Content-Lengths',
      (start) => (
        start('200 OK', [
          ['Content-Length', '1'],
          ['content-length', '1'],
        ]),
        []
      ),
      /twice/,
    ],
    ['headers as an object', (start) => (start('200 OK', { a: 'b' } as never), []), /not an array/],
    ['headers as flat strings', (start) => (start('200 OK', ['a', 'b'] as never), []), /not a pair/],
  ])('%s is a 500 with the reason in the log', async (_, call, reason) => {
    server = await start((_environ, startResponse) => call(startResponse) as never);
    const response = await request(server.uwsgi);
    expect(response.status).toBe(500);
    expect(server.log).toHaveLength(1);
    expect(server.log[0].message).toMatch(reason);
  });

  test('a body shorter than Content-Length is cut off where nginx sees it, and logged', async () => {
    server = await start(answering('200 OK', [['Content-Length', '10']], [text('short')]));
    const response = await request(server.uwsgi);
    expect(response.clean).toBe(false);
    expect(server.log[0].message).toMatch(/cut off: RangeError: the body ended 5 bytes short/);
  });

  test('an error after the head resets the connection', async () => {
    server = await start(async function* (_environ, startResponse) {
      startResponse('200 OK', PLAIN);
      yield text('begun');
      await pause(50);
      throw new Error('broken');
    } as WSGIApplication);
    const response = await request(server.uwsgi);
    expect([response.status, response.clean]).toEqual([200, false]);
    expect(server.log[0].message).toMatch(/cut off: Error: broken/);
  });

  test('close() is called once, after an error as well', async () => {
    let closed = 0;
    const closing =
      (body: Iterable<Uint8Array>): WSGIApplication =>
      (_environ, startResponse) => {
        startResponse('200 OK', PLAIN);
        return { [Symbol.iterator]: () => body[Symbol.iterator](), close: () => closed++ };
      };
    server = await start(closing([text('x')]));
    await request(server.uwsgi);
    expect(closed).toBe(1);
    await server.close();
    server = await start(
      closing(
        (function* () {
          throw new Error('x');
        })(),
      ),
    );
    await request(server.uwsgi);
    expect(closed).toBe(2);
  });

  test('an array gets its Content-Length, a generator none; a single one is sent with its end', async () => {
    server = await start(answering('200 OK', PLAIN, [text('ab'), text('c')]));
    expect((await request(server.uwsgi)).head).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3',
    );
    await server.close();
    server = await start(function* (_environ: WSGIEnvironment, startResponse: StartResponse) {
      startResponse('200 OK', PLAIN);
      yield text('ab');
    });
    expect((await request(server.uwsgi)).head).toBe('HTTP/1.1 200 OK\r\nContent-Type: text/plain');
  });
});

describe('streams', () => {
  test('a slow reader holds the producer', async () => {
    let produced = 0;
    server = await start(function* (_environ: WSGIEnvironment, startResponse: StartResponse) {
      startResponse('200 OK', PLAIN);
      for (let i = 0; i < 1000; i++) {
        produced++;
        yield new Uint8Array(65_536);
      }
    });
    const socket = await open(server.uwsgi);
    for (const chunk of encodeRequest(['REQUEST_METHOD', 'GET'])) socket.write(chunk);
    await until(() => produced > 0);
    await pause(200);
    const held = produced;
    expect(held).toBeLessThan(200); // what the kernel's buffers take, not the 1,000 there are
    const { body } = await readAll(socket);
    expect([body.length, produced]).toEqual([1000 * 65_536, 1000]);
  });

  test('a slow application holds the sender', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    server = await start(async function* (environ: WSGIEnvironment, startResponse: StartResponse) {
      startResponse('200 OK', PLAIN);
      await gate;
      let bytes = 0;
      for await (const chunk of environ['wsgi.input']) bytes += chunk.length;
      yield text(String(bytes));
    } as WSGIApplication);
    const socket = await open(server.uwsgi);
    const size = 64 << 20;
    const [packet] = encodeRequest(['REQUEST_METHOD', 'POST'], { contentLength: size });
    socket.write(packet);
    let sent = 0;
    const block = Buffer.alloc(65_536);
    while (sent < size && socket.write(block)) sent += block.length;
    await pause(300);
    const stuck = socket.writableLength;
    expect(stuck).toBeGreaterThan(0);
    go();
    for (sent += block.length; sent < size; sent += block.length) {
      if (!socket.write(block)) await new Promise((resolve) => socket.once('drain', resolve));
    }
    expect((await readAll(socket)).body.toString()).toBe(String(size));
  });

  test('the client goes: the iterator is closed, the signal fires, close() is called', async () => {
    const seen: string[] = [];
    server = await start((environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      environ['gatewire.signal']?.addEventListener('abort', () => seen.push('signal'));
      const body = {
        async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
          try {
            for (;;) {
              yield text('tick\n');
              await pause(10);
            }
          } finally {
            seen.push('iterator');
          }
        },
        close: () => seen.push('close'),
      };
      return body;
    });
    const access = server.nextAccess();
    const socket = await open(server.uwsgi);
    for (const chunk of encodeRequest(['REQUEST_METHOD', 'GET'])) socket.write(chunk);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(await access).toMatchObject({ aborted: true, status: 200 });
    expect(seen).toEqual(['signal', 'iterator', 'close']);
  });

  test('the client goes in the middle of its body: the application is told, never a short body', async () => {
    let told: unknown;
    server = await start(async (environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      try {
        await environ['wsgi.input'].read();
      } catch (error) {
        told = error;
        throw error;
      }
      return [];
    });
    const access = server.nextAccess();
    const socket = await open(server.uwsgi);
    const [packet] = encodeRequest(['REQUEST_METHOD', 'POST'], { contentLength: 10 });
    socket.write(packet);
    socket.end('12345');
    expect(await access).toMatchObject({ aborted: true, bytesIn: 5 });
    expect(String(told)).toMatch(/ClientGone: the request body ended early/);
  });

  test('a body that nobody reads does not destroy the response', async () => {
    server = await start(answering('200 OK', PLAIN, [text('early')]));
    const response = await request(server.uwsgi, [], new Uint8Array(4 << 20));
    expect([response.status, response.body.toString(), response.clean]).toEqual([200, 'early', true]);
  });
});
