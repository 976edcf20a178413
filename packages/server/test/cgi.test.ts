import { PassThrough, Readable, Writable } from 'node:stream';
import { defineApp } from '@gatewire/interfaces';
import type { ASGIProtocolHandler, WSGIApplication } from '@gatewire/interfaces';
import { runCGI } from '@gatewire/server';
import type { CGIOptions, LogEntry } from '@gatewire/server';
import { describe, expect, test } from 'vitest';
import { text, until } from './client.js';

// RFC 3875 §4.1: what every request has.
const ENV = {
  ...{ GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'POST', SCRIPT_NAME: '/app', PATH_INFO: '/a' },
  ...{ QUERY_STRING: '', SERVER_NAME: 'a.test', SERVER_PORT: '80', SERVER_PROTOCOL: 'HTTP/1.1' },
  ...{ REMOTE_ADDR: '127.0.0.1', REQUEST_URI: '/app/a' },
};

interface Ended {
  readonly complete: boolean;
  readonly output: string;
  readonly log: readonly LogEntry[];
}

/** Runs one request, with streams in place of those of the process. */
async function run(
  app: WSGIApplication | ReturnType<typeof defineApp>,
  env: Readonly<Record<string, string>>,
  stdin: Readable = Readable.from([]),
  options: Partial<CGIOptions> = {},
): Promise<Ended> {
  const log: LogEntry[] = [];
  let output = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output += chunk.toString('latin1');
      done();
    },
  });
  const complete = await runCGI(app as WSGIApplication, {
    ...{ env: { ...ENV, ...env }, stdin, stdout },
    log: (entry) => log.push(entry),
    ...options,
  });
  return { complete, output, log };
}

/** Sends the body back. */
const echo: WSGIApplication = async (environ, start) => {
  const body = await environ['wsgi.input'].read();
  start('200 OK', [['Content-Type', 'text/plain']]);
  return [body];
};

const messages = ({ log }: Ended): string => log.map(({ message }) => message).join('\n');

describe('the body', () => {
  test('RFC 3875 §4.2: CONTENT_LENGTH bytes of what comes, however it is cut', async () => {
    const stdin = Readable.from([text('ab'), text('cdefg'), text('hi')]);
    const ended = await run(echo, { CONTENT_LENGTH: '4' }, stdin);
    expect(ended.output).toMatch(/^Status: 200 OK\r\n[^]*\r\n\r\nabcd$/);
    expect(ended.complete).toBe(true);
  });

  test('none without CONTENT_LENGTH, though there is something', async () => {
    const ended = await run(echo, {}, Readable.from([text('ab')]));
    expect(ended.output).toMatch(/\r\n\r\n$/);
  });

  test('to the end where it came in chunks', async () => {
    const stdin = Readable.from([text('ab'), text('c')]);
    const ended = await run(echo, { HTTP_TRANSFER_ENCODING: 'chunked' }, stdin);
    expect(ended.output).toMatch(/\r\n\r\nabc$/);
  });

  test.each(['1 2', '-1', '9'.repeat(30)])('CONTENT_LENGTH %j is a 400', async (length) => {
    const ended = await run(echo, { CONTENT_LENGTH: length }, Readable.from([text('ab')]));
    expect(ended.output).toMatch(/^Status: 400 Bad Request\r\n/);
  });

  test('an early end, and an error, are errors of the application', async () => {
    const early = await run(echo, { CONTENT_LENGTH: '3' }, Readable.from([text('a')]));
    expect(messages(early)).toContain('the request body ended 2 bytes early');
    const stdin = new PassThrough();
    stdin.write('a');
    const running = run(echo, { CONTENT_LENGTH: '3' }, stdin);
    stdin.destroy(new Error('input/output error'));
    expect(messages(await running)).toContain('input/output error');
  });

  test('one that makes no progress', async () => {
    const stdin = new PassThrough();
    const ended = await run(echo, { CONTENT_LENGTH: '3' }, stdin, { bodyTimeout: 0.05 });
    expect(messages(ended)).toContain('the request body made no progress for 0.05 s');
    expect(stdin.destroyed).toBe(true);
  });

  test('one that may take for ever', async () => {
    const stdin = new PassThrough();
    const ended = run(echo, { CONTENT_LENGTH: '2' }, stdin, { bodyTimeout: Infinity });
    stdin.write('ab');
    expect((await ended).output).toMatch(/\r\n\r\nab$/);
  });
});

test('a web server that sends all before it reads: the body is taken while the response waits', async () => {
  const stdin = new PassThrough({ highWaterMark: 1024 });
  const [slow, piece] = [new PassThrough({ highWaterMark: 1024 }), new Uint8Array(1024)];
  const app: WSGIApplication = (_environ, start) => {
    start('200 OK', []);
    return [new Uint8Array(65_536), new Uint8Array(65_536)];
  };
  const running = run(app, { CONTENT_LENGTH: String(64 * 1024) }, stdin, { stdout: slow });
  for (let sent = 0; sent < 64; sent++)
    if (!stdin.write(piece)) await new Promise((resolve) => stdin.once('drain', resolve));
  let bytes = 0;
  slow.on('data', (chunk: Buffer) => (bytes += chunk.length));
  expect((await running).complete).toBe(true);
  expect(bytes).toBeGreaterThan(131_072);
});

describe('a web server that goes', () => {
  /** Waits to be told, then says what it was told. */
  const waiting = (told: (type: string) => void): ASGIProtocolHandler<'http'> =>
    async function (_scope, receive) {
      await receive();
      told((await receive()).type);
    };

  test('its signal is a disconnect', async () => {
    let told = '';
    const given = new AbortController();
    const app = defineApp({ http: waiting((type) => (told = type)) });
    const running = run(app, {}, undefined, {
      signal: given.signal,
      interface: 'asgi',
      lifespan: 'off',
    } as object);
    given.abort();
    const ended = await running;
    expect([told, ended.complete, ended.output]).toEqual(['http.disconnect', false, '']);
  });

  test('a stdout that breaks is one too, and nothing more is written', async () => {
    let told = '';
    const app = defineApp({
      async http(scope, receive, send) {
        await send({ type: 'http.response.start', status: 200 });
        await send({ type: 'http.response.body', body: text('a'), more_body: true }).catch(() => undefined);
        await waiting((type) => (told = type))(scope, receive, send);
      },
    });
    let writes = 0;
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        writes++;
        done(new Error('broken pipe'));
      },
    });
    const ended = await run(app, {}, undefined, { stdout, interface: 'asgi', lifespan: 'off' } as object);
    await until(() => told !== '');
    expect([told, ended.complete, writes]).toEqual(['http.disconnect', false, 1]);
  });
});

test('a mount point, and what the environment has twice, is said by rootPath', async () => {
  const app: WSGIApplication = (environ, start) => {
    start('200 OK', []);
    return [text(`${environ['SCRIPT_NAME']}|${environ['PATH_INFO']}`)];
  };
  const ended = await run(app, { SCRIPT_NAME: '', PATH_INFO: '/app/a' }, undefined, { rootPath: '/app' });
  expect(ended.output).toMatch(/\r\n\r\n\/app\|\/a$/);
});
