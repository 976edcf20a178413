import type { StartResponse, WSGIApplication, WSGIEnvironment } from '@gatewire/interfaces';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeRequest } from '@gatewire/uwsgi';
import { answering, open, pause, readAll, request, start, text, PLAIN } from './client.js';
import type { TestServer } from './client.js';
import { overFastcgi } from './fastcgi-client.js';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
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
    ['a status as a number', (start) => (start(200 as never, []), []), /status is a number/],
    ['no header', (start) => (start('200 OK', [null] as never), []), /not a pair/],
    ['a header of numbers', (start) => (start('200 OK', [['a', 1]] as never), []), /not a pair of strings/],
    ['a null chunk', (start) => (start('200 OK', []), [null as never]), /a body chunk is a null/],
    [
      'a chunk without a class',
      (start) => (start('200 OK', []), [Object.create(null) as never]),
      /a body chunk is a object/,
    ],
    [
      'a Content-Length that is none',
      (start) => (start('200 OK', [['Content-Length', '-1']]), []),
      /expected digits/,
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

describe('wsgi.file_wrapper', () => {
  test('sends a file from where it stands to its end, and closes it', async () => {
    let closed = 0;
    const sizes: (number | undefined)[] = [];
    const blocks = [text('one '), text('two '), text('three'), new Uint8Array(0)];
    server = await start((environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      const file = {
        read: (size?: number) => {
          sizes.push(size);
          return blocks.shift() ?? new Uint8Array(0);
        },
        close: () => closed++,
      };
      return environ['wsgi.file_wrapper']?.(file, 5) ?? [];
    });
    expect((await request(server.uwsgi)).body.toString()).toBe('one two three');
    expect([closed, sizes]).toEqual([1, [5, 5, 5, 5]]);
  });
});

describe('the access entry tells where a request spent its time', () => {
  test('a slow upload is bodyMs, a slow reader blockedMs', async () => {
    server = await start(async function* (environ, startResponse) {
      await environ['wsgi.input'].read();
      startResponse('200 OK', PLAIN);
      for (let i = 0; i < 100; i++) yield new Uint8Array(65_536);
    } as WSGIApplication);
    const socket = await open(server.uwsgi);
    const [packet] = encodeRequest(['REQUEST_METHOD', 'POST', 'PATH_INFO', '/'], { contentLength: 4 });
    const entry = server.nextAccess();
    socket.pause();
    socket.write(packet);
    await pause(60);
    socket.write(text('body'));
    await pause(100);
    const answer = readAll(socket);
    socket.resume();
    await answer;
    const { bodyMs, headMs, blockedMs, durationMs } = await entry;
    expect(bodyMs).toBeGreaterThan(30);
    expect(headMs).toBeGreaterThanOrEqual(bodyMs);
    expect(blockedMs).toBeGreaterThan(30);
    expect(durationMs).toBeGreaterThan(headMs);
  });

  test('a request without a body has no bodyMs', async () => {
    server = await start(answering('200 OK', PLAIN, [text('ok')]));
    await request(server.uwsgi);
    expect(server.access).toMatchObject([{ bodyMs: 0, blockedMs: 0 }]);
  });
});

test('the piece that reaches Content-Length ends the response: nobody waits for the application', async () => {
  let go: () => void = () => undefined;
  server = await start(async function* (_environ, startResponse) {
    startResponse('200 OK', [['Content-Length', '4']]);
    yield text('abcd');
    await new Promise<void>((resolve) => (go = resolve));
  } as WSGIApplication);
  const response = await overFastcgi(server.fastcgi, '/', {}, true);
  expect(await response.text()).toBe('abcd');
  go();
});
