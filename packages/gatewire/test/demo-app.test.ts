import { createHash } from 'node:crypto';
import type { InputStream, StartResponse, WSGIEnvironment } from '@gatewire/interfaces';
import { describe, expect, test } from 'vitest';
import defaultExport, { app } from '../src/demo-app.js';
import { prefersHtml } from '../src/demo-app/accept.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

interface Answer {
  readonly status: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

class Input {
  readonly chunks: readonly string[];
  constructor(chunks: readonly string[]) {
    this.chunks = chunks;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (const chunk of this.chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
}

function environOf(more: Record<string, unknown>, chunks: readonly string[] = []): WSGIEnvironment {
  const environ = {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/',
    QUERY_STRING: '',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    'wsgi.version': [1, 0],
    'wsgi.input': new Input(chunks) as unknown as InputStream,
    'wsgi.multithread': false,
    'wsgi.file_wrapper': () => [],
    ...more,
  };
  return environ as unknown as WSGIEnvironment;
}

async function ask(environ: WSGIEnvironment): Promise<Answer> {
  let status = '';
  let headers: Record<string, string> = {};
  const start: StartResponse = (given, list) => {
    status = given;
    headers = Object.fromEntries(list);
    return () => Promise.resolve();
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of await app(environ, start)) chunks.push(chunk);
  return { status, headers, body: Buffer.concat(chunks).toString('utf8') };
}

describe('as text', () => {
  test('every variable, sorted', async () => {
    const { status, headers, body } = await ask(
      environOf({ HTTP_X: 'a "b" \\', PATH_INFO: '/caf\xc3\xa9', GONE: undefined }),
    );
    expect(status).toBe('200 OK');
    expect(headers['Content-Type']).toBe('text/plain; charset=utf-8');
    expect(body).toBe(
      [
        'Hello from gatewire!',
        '',
        'HTTP_X = "a \\"b\\" \\\\"',
        'PATH_INFO = "/café"',
        'QUERY_STRING = ""',
        'REQUEST_METHOD = "GET"',
        'SCRIPT_NAME = ""',
        'SERVER_NAME = "localhost"',
        'SERVER_PORT = "80"',
        'SERVER_PROTOCOL = "HTTP/1.1"',
        'wsgi.file_wrapper = <function>',
        'wsgi.input = <Input>',
        'wsgi.multithread = false',
        'wsgi.version = [1, 0]',
        '',
      ].join('\n'),
    );
    expect(headers['Content-Length']).toBe(String(Buffer.byteLength(body)));
  });

  test('a value cannot begin a line of its own, nor act on a terminal', async () => {
    const { body } = await ask(environOf({ HTTP_X: 'a\nREMOTE_USER = "root"\x1b[2J', HTTP_Y: 'caf\xe9' }));
    expect(body).toContain('HTTP_X = "a\\nREMOTE_USER = \\"root\\"\\x1b[2J"\n');
    expect(body).toContain('HTTP_Y = "café"\n');
  });

  test('the body: size, digest, first bytes', async () => {
    const chunks = ['one ', 'two ', '3'.repeat(100)];
    const sha256 = createHash('sha256').update(chunks.join('')).digest('hex');
    const { body } = await ask(environOf({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: '108' }, chunks));
    const report = [
      'body size: 108 bytes',
      `body sha256: ${sha256}`,
      `body starts: one two ${'3'.repeat(56)}…`,
      '',
    ];
    expect(body.endsWith(`\n\n${report.join('\n')}`)).toBe(true);
  });

  test('without a length the body is read only where the server marks its end', async () => {
    expect((await ask(environOf({}, ['abc']))).body).not.toContain('body size');
    expect((await ask(environOf({ 'wsgi.input_terminated': true }, ['abc']))).body).toContain(
      'body size: 3 bytes\n',
    );
  });

  test('a body that breaks off is an error, not an answer', async () => {
    const broken = {
      async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
        yield await Promise.resolve(new Uint8Array(1));
        throw new Error('the client went away');
      },
    };
    await expect(ask(environOf({ CONTENT_LENGTH: '2', 'wsgi.input': broken }))).rejects.toThrow(
      'the client went away',
    );
  });
});

describe('as HTML', () => {
  test('when the browser asks, in groups', async () => {
    const { headers, body } = await ask(
      environOf({ HTTP_ACCEPT: BROWSER, REMOTE_ADDR: '::1', REQUEST_METHOD: 'POST', CONTENT_LENGTH: '2' }, [
        'hi',
      ]),
    );
    expect(headers['Content-Type']).toBe('text/html; charset=utf-8');
    expect(headers['Content-Length']).toBe(String(Buffer.byteLength(body)));
    expect(body.startsWith('<!doctype html>\n')).toBe(true);
    expect([...body.matchAll(/<h2>([^<]+) </g)].map((match) => match[1])).toEqual([
      'Request',
      'Body',
      'Headers',
      'Server and client',
      'WSGI',
    ]);
    expect(body).toContain('<dt>REMOTE_ADDR</dt><dd>::1</dd>');
    expect(body).toContain('<dt>QUERY_STRING</dt><dd class="empty">empty</dd>');
    expect(body).toContain('<dt>wsgi.version</dt><dd class="kind">[1, 0]</dd>');
    expect(body).toContain('<dt>size</dt><dd>2 bytes</dd>');
  });

  test('nothing of a request becomes markup', async () => {
    const bad = `<script>"'&</script>`;
    const { body } = await ask(
      environOf(
        {
          HTTP_ACCEPT: BROWSER,
          PATH_INFO: `/${bad}`,
          QUERY_STRING: bad,
          REQUEST_METHOD: bad,
          [`HTTP_${bad}`]: bad,
          CONTENT_LENGTH: String(bad.length),
        },
        [bad],
      ),
    );
    expect(body).not.toContain('<script');
    // Path, query and method at the top; path, query, method, name and value of the header; the body.
    expect(body.match(/&lt;script&gt;&quot;&#39;&amp;&lt;\/script&gt;/g)).toHaveLength(9);
  });

  test('fetches nothing', async () => {
    const { headers, body } = await ask(environOf({ HTTP_ACCEPT: BROWSER }));
    expect(headers['Content-Security-Policy']).toBe("default-src 'none'; style-src 'unsafe-inline'");
    expect(body).not.toMatch(/(?:src|href)=|url\(|@import/);
  });
});

test('HEAD: the headers of GET, no body', async () => {
  const get = await ask(environOf({}));
  const head = await ask(environOf({ REQUEST_METHOD: 'HEAD' }));
  // One letter more in REQUEST_METHOD.
  expect(Number(head.headers['Content-Length'])).toBe(Number(get.headers['Content-Length']) + 1);
  expect(head.body).toBe('');
});

test('exported by name and as the default', () => {
  expect(defaultExport).toBe(app);
});

test.each([
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['text/*', false],
  ['text/plain', false],
  [BROWSER, true],
  ['TEXT/HTML', true],
  ['application/xhtml+xml', true],
  ['text/html, text/plain', true],
  ['text/html;q=0.5, text/plain', false],
  ['text/html;level=1;q=0.9, text/plain;q=0.8', true],
  ['text/html;q=0', false],
  ['text/html;q=x', false],
])('Accept: %s prefers HTML: %s', (accept, html) => {
  expect(prefersHtml(accept)).toBe(html);
});
