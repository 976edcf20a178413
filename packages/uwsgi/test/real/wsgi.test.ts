import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeRequest } from '@gatewire/uwsgi';
import { APPS, describeWithPython, exchange, parseResponse, startUwsgi } from './harness.js';
import type { Response, RunningUwsgi } from './harness.js';

const BODY_64K = new Uint8Array(65_536).map((_, i) => (i * 31) & 0xff);

describeWithPython(['flask', 'django'], 'our requests to uWSGI with Python applications', () => {
  let uwsgi: RunningUwsgi;

  beforeAll(async () => {
    const mounts = ['/environ=environ.py', '/flask=flask_app.py', '/django=django_app.py'];
    const args = mounts.flatMap((mount) => ['--mount', mount]);
    uwsgi = await startUwsgi('python3', ['--chdir', APPS, '--need-app', '--buffer-size', '65535', ...args]);
  });
  afterAll(() => uwsgi.stop());

  async function ask(
    mount: string,
    path: string,
    pairs: readonly string[],
    body?: Uint8Array,
  ): Promise<Response> {
    const [pathInfo, query = ''] = path.split('?');
    const request = encodeRequest(
      [
        ...['REQUEST_METHOD', body === undefined ? 'GET' : 'POST', 'SERVER_PROTOCOL', 'HTTP/1.1'],
        ...['SCRIPT_NAME', mount, 'PATH_INFO', pathInfo, 'QUERY_STRING', query, 'HTTP_HOST', 'example.test'],
        ...['SERVER_NAME', 'example.test', 'SERVER_PORT', '80', ...pairs],
      ],
      body === undefined ? {} : { body },
    );
    return parseResponse(await exchange(uwsgi.port, request));
  }

  interface Seen {
    readonly environ: Readonly<Record<string, string>>;
    readonly body_bytes: number;
    readonly body_sha256: string;
  }

  async function environ(pairs: readonly string[], body?: Uint8Array): Promise<Seen> {
    const { status, body: json } = await ask('/environ', '/a b?x=1&y=%20', pairs, body);
    expect(status).toBe('200 OK');
    return JSON.parse(json) as Seen;
  }

  test('a GET: every variable arrives', async () => {
    const seen = await environ(['HTTP_X_EMPTY', '', 'REMOTE_ADDR', '192.0.2.1']);
    expect(seen.environ).toMatchObject({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '/environ',
      PATH_INFO: '/a b',
      QUERY_STRING: 'x=1&y=%20',
      CONTENT_LENGTH: '0',
      HTTP_HOST: 'example.test',
      HTTP_X_EMPTY: '',
      REMOTE_ADDR: '192.0.2.1',
    });
    expect(seen.body_bytes).toBe(0);
  });

  test('bytes above 0x7f arrive as the same Latin-1 characters, NUL and line feed too', async () => {
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    const seen = await environ(['HTTP_X_ALL', all, 'HTTP_X_UTF8', '\xc3\xa9', 'HTTP_X_\xff', 'name']);
    expect(seen.environ).toMatchObject({ HTTP_X_ALL: all, HTTP_X_UTF8: '\xc3\xa9', 'HTTP_X_\xff': 'name' });
  });

  test('a small body', async () => {
    const seen = await environ(['CONTENT_TYPE', 'text/plain'], Buffer.from('a=b'));
    expect(seen.environ).toMatchObject({
      REQUEST_METHOD: 'POST',
      CONTENT_LENGTH: '3',
      CONTENT_TYPE: 'text/plain',
    });
    expect(seen.body_sha256).toBe(createHash('sha256').update('a=b').digest('hex'));
  });

  test('a body of 64 KiB', async () => {
    const seen = await environ([], BODY_64K);
    expect(seen.body_bytes).toBe(65_536);
    expect(seen.body_sha256).toBe(createHash('sha256').update(BODY_64K).digest('hex'));
  });

  test('variables of 64,000 bytes, and names of 255, 256 and 257', async () => {
    const names = [255, 256, 257].map((length) => 'HTTP_'.padEnd(length, 'N'));
    const value = 'v'.repeat(63_000);
    const seen = await environ([...names.flatMap((name) => [name, 'x']), 'HTTP_LONG', value]);
    expect(names.map((name) => seen.environ[name])).toEqual(['x', 'x', 'x']);
    expect(seen.environ['HTTP_LONG']).toBe(value);
  });

  test('of a name that comes twice Python sees the last', async () => {
    const pairs = ['REQUEST_METHOD', 'GET', 'SCRIPT_NAME', '/environ', 'HTTP_X', 'first', 'HTTP_X', 'last'];
    const answer = await exchange(uwsgi.port, encodeRequest(pairs, { duplicates: 'keep' }));
    const seen = JSON.parse(parseResponse(answer).body) as Seen;
    expect(seen.environ['HTTP_X']).toBe('last');
  });

  test('Flask: a path, a query, the mount point', async () => {
    const { status, body } = await ask('/flask', '/hello/Zo\xc3\xab?q=1+2', []);
    expect([status, body]).toEqual(['200 OK', 'Hello Zo\u00eb, you came to /flask and asked 1 2']);
  });

  test('Flask: a form and a cookie', async () => {
    const pairs = ['CONTENT_TYPE', 'application/x-www-form-urlencoded', 'HTTP_COOKIE', 'seen=before'];
    const { status, headers, body } = await ask('/flask', '/form', pairs, Buffer.from('a=1&b=%C3%A9'));
    expect(status).toBe('201 CREATED');
    expect(JSON.parse(body)).toEqual({ fields: { a: '1', b: '\u00e9' }, seen: 'before' });
    expect(headers.get('set-cookie')).toMatch(/^seen=yes;/);
  });

  test('Django: a page from a template', async () => {
    const { status, headers, body } = await ask('/django', '/page/', []);
    expect(status).toBe('200 OK');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(body).toContain('<title>Django for example.test</title>');
    expect(body).toContain('<form method="post" action="/django/page/">');
  });

  test('Django: the form of that page', async () => {
    const pairs = ['CONTENT_TYPE', 'application/x-www-form-urlencoded'];
    const { status, body } = await ask('/django', '/page/', pairs, Buffer.from('note=%3Cb%3E&z=2'));
    expect(status).toBe('200 OK');
    expect(body).toContain('<li>note: &lt;b&gt;</li>');
    expect(body).toContain('<li>z: 2</li>');
  });

  test('Django: a host that is not allowed is refused', async () => {
    const pairs = [
      'REQUEST_METHOD',
      'GET',
      'SCRIPT_NAME',
      '/django',
      'PATH_INFO',
      '/page/',
      'HTTP_HOST',
      'other.test',
    ];
    const answer = await exchange(
      uwsgi.port,
      encodeRequest([...pairs, 'SERVER_NAME', 'x', 'SERVER_PORT', '80']),
    );
    expect(parseResponse(answer).status).toBe('400 Bad Request');
  });
});
