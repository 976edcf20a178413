import { request as httpRequest } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith, findProgram, freePort, makeTempDir, startProgram } from '@gatewire/testkit';
import type { RunningProgram, TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UwsgiProtocolError } from '@gatewire/uwsgi';
import { startBackend } from './harness.js';
import type { Backend, SeenRequest } from './harness.js';

const BODY = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => (i * 13) & 0xff));

interface Asked {
  readonly method?: string;
  /** Flat: name, value, name, value. */
  readonly headers?: readonly string[];
  readonly body?: Uint8Array;
  readonly chunked?: boolean;
}

/** Sends an HTTP request and resolves with status and body; status 0 when the connection is closed without an answer. */
function ask(
  port: number,
  path: string,
  { method, headers = [], body, chunked }: Asked = {},
): Promise<[number, string]> {
  return new Promise((resolve) => {
    const framing =
      body === undefined
        ? []
        : chunked
          ? ['Transfer-Encoding', 'chunked']
          : ['Content-Length', String(body.length)];
    const request = httpRequest({
      port,
      path,
      host: '127.0.0.1',
      agent: false,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: ['Host', 'example.test', ...framing, ...headers],
    });
    request.on('error', () => resolve([0, '']));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve([0, '']));
      response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString('latin1')]));
    });
    request.end(body);
  });
}

/** All values of a variable, in order. */
function values({ pairs }: SeenRequest, name: string): string[] {
  return pairs.filter((_, i) => i % 2 === 1 && pairs[i - 1] === name);
}

/** The variables asked for; of one that comes twice, which none of these tests expects, the values joined by `|`. */
function vars(seen: SeenRequest, ...names: string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, values(seen, name).join('|')]));
}

async function request(backend: Backend): Promise<SeenRequest> {
  const seen = await backend.seen();
  if (seen instanceof Error) throw seen;
  return seen;
}

/** The part that is the same behind every front end. */
function commonTests(where: () => { port: number; backend: Backend }): void {
  test('a GET with an encoded path and a query', async () => {
    const { port, backend } = where();
    expect(await ask(port, '/app/p%20%C3%A9?x=1&y=%20')).toEqual([200, 'ours']);
    const seen = await request(backend);
    expect([seen.modifier1, seen.modifier2, seen.contentLength, seen.body.length]).toEqual([0, 0, 0, 0]);
    expect(vars(seen, 'REQUEST_METHOD', 'QUERY_STRING', 'REQUEST_URI', 'HTTP_HOST')).toEqual({
      REQUEST_METHOD: 'GET',
      QUERY_STRING: 'x=1&y=%20',
      REQUEST_URI: '/app/p%20%C3%A9?x=1&y=%20',
      HTTP_HOST: 'example.test',
    });
    // Where the path is cut differs; decoded it is, as bytes.
    const { SCRIPT_NAME, PATH_INFO } = vars(seen, 'SCRIPT_NAME', 'PATH_INFO');
    expect(`${SCRIPT_NAME ?? ''}${PATH_INFO ?? ''}`).toBe('/app/p \xc3\xa9');
  });

  test('a POST of 100,000 bytes', async () => {
    const { port, backend } = where();
    const headers = ['Content-Type', 'application/x-test'];
    expect(await ask(port, '/app/post', { body: BODY, headers })).toEqual([200, 'ours']);
    const seen = await request(backend);
    expect(vars(seen, 'REQUEST_METHOD', 'CONTENT_LENGTH', 'CONTENT_TYPE')).toEqual({
      REQUEST_METHOD: 'POST',
      CONTENT_LENGTH: '100000',
      CONTENT_TYPE: 'application/x-test',
    });
    expect(Buffer.compare(seen.body, BODY)).toBe(0);
  });

  test('a header that comes twice, and bytes above 0x7f in one', async () => {
    const { port, backend } = where();
    await ask(port, '/app/x', { headers: ['X-A', '1', 'X-A', '2', 'X-B', 'caf\xe9'] });
    expect(vars(await request(backend), 'HTTP_X_A', 'HTTP_X_B')).toEqual({
      HTTP_X_A: '1, 2',
      HTTP_X_B: 'caf\xe9',
    });
  });
}

/** Starts a program in front of a backend of ours and runs the common tests, then `more`. */
function behind(
  program: string,
  title: string,
  start: (port: number, backend: Backend, dir: string) => Promise<RunningProgram>,
  more: (where: () => { port: number; backend: Backend }) => void,
): void {
  describeWith(program, title, () => {
    let running: RunningProgram;
    let dir: TempDir;
    let where: { port: number; backend: Backend };
    beforeAll(async () => {
      dir = await makeTempDir();
      where = { port: await freePort(), backend: await startBackend('ours') };
      running = await start(where.port, where.backend, dir.path);
    });
    afterAll(async () => {
      await running.stop();
      await where.backend.close();
      await dir.remove();
    });
    commonTests(() => where);
    more(() => where);
  });
}

behind(
  'uwsgi',
  "behind uWSGI's http router",
  (port, backend) =>
    startProgram(
      findProgram('uwsgi') ?? 'uwsgi',
      [
        ...['--plugin', 'http', '--master', '--die-on-term', '--http', `127.0.0.1:${port}`],
        ...['--http-to', `127.0.0.1:${backend.port}`],
      ],
      { ready: { output: /spawned uWSGI http 1 / } },
    ),
  (where) => {
    test('names with underscores are not kept apart', async () => {
      const { port, backend } = where();
      await ask(port, '/app/x', { headers: ['X-Foo', 'hyphen', 'X_Foo', 'underscore'] });
      expect(vars(await request(backend), 'HTTP_X_FOO', 'UWSGI_ROUTER')).toEqual({
        HTTP_X_FOO: 'hyphen, underscore',
        UWSGI_ROUTER: 'http',
      });
    });

    test('a chunked upload has no length: UWSGI_LENGTH_REQUIRED', async () => {
      const { port, backend } = where();
      const [answer, seen] = await Promise.all([
        ask(port, '/app/x', { body: Buffer.from('chunks'), chunked: true }),
        backend.seen(),
      ]);
      expect(seen).toBeInstanceOf(UwsgiProtocolError);
      expect(seen).toMatchObject({ code: 'UWSGI_LENGTH_REQUIRED' });
      expect(answer[0]).not.toBe(200);
    });
  },
);

behind(
  'apache2',
  'behind Apache mod_proxy_uwsgi',
  async (port, backend, dir) => {
    const modules = '/usr/lib/apache2/modules';
    const load = ['mpm_event', 'authz_core', 'proxy', 'proxy_uwsgi'];
    const configuration = [
      ...load.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
      `ServerName example.test`,
      `Listen 127.0.0.1:${port}`,
      `PidFile ${dir}/pid`,
      `DefaultRuntimeDir ${dir}`,
      `ErrorLog ${dir}/error.log`,
      `ProxyPass /app uwsgi://127.0.0.1:${backend.port}`,
    ];
    await writeFile(join(dir, 'apache.conf'), configuration.join('\n'));
    return startProgram(
      findProgram('apache2') ?? 'apache2',
      ['-DFOREGROUND', '-d', dir, '-f', join(dir, 'apache.conf')],
      { ready: { port } },
    );
  },
  (where) => {
    test('the mount point is SCRIPT_NAME', async () => {
      const { port, backend } = where();
      await ask(port, '/app/a/b');
      expect(vars(await request(backend), 'SCRIPT_NAME', 'PATH_INFO', 'CONTENT_LENGTH')).toEqual({
        SCRIPT_NAME: '/app',
        PATH_INFO: '/a/b',
        CONTENT_LENGTH: '',
      });
    });

    test('names with underscores and Proxy are dropped', async () => {
      const { port, backend } = where();
      await ask(port, '/app/x', {
        headers: ['X-Foo', 'hyphen', 'X_Foo', 'underscore', 'Proxy', 'http://evil'],
      });
      const seen = await request(backend);
      expect(vars(seen, 'HTTP_X_FOO')).toEqual({ HTTP_X_FOO: 'hyphen' });
      expect(values(seen, 'HTTP_PROXY')).toEqual([]);
    });

    test('a chunked upload is refused with 411 before it reaches us', async () => {
      const { port, backend } = where();
      const [status] = await ask(port, '/app/x', { body: Buffer.from('chunks'), chunked: true });
      expect(status).toBe(411);
      // The next thing that we see is the next request: no error came from the connection that closed.
      await ask(port, '/app/next');
      expect(vars(await request(backend), 'PATH_INFO')).toEqual({ PATH_INFO: '/next' });
    });
  },
);

behind(
  'lighttpd',
  'behind lighttpd mod_scgi in uwsgi mode',
  async (port, backend, dir) => {
    const configuration = `
      server.modules = ("mod_scgi")
      server.document-root = "${dir}"
      server.bind = "127.0.0.1"
      server.port = ${port}
      server.upload-dirs = ("${dir}")
      scgi.protocol = "uwsgi"
      scgi.server = ("/" => ((
        "host" => "127.0.0.1", "port" => ${backend.port}, "check-local" => "disable", "fix-root-scriptname" => "enable"
      )))`;
    await writeFile(join(dir, 'lighttpd.conf'), configuration);
    return startProgram(findProgram('lighttpd') ?? 'lighttpd', ['-D', '-f', join(dir, 'lighttpd.conf')], {
      ready: { port },
    });
  },
  (where) => {
    test('CONTENT_LENGTH is the first variable, 0 for a GET', async () => {
      const { port, backend } = where();
      await ask(port, '/app/x');
      expect((await request(backend)).pairs.slice(0, 2)).toEqual(['CONTENT_LENGTH', '0']);
    });

    test('a chunked upload arrives whole, with its length', async () => {
      const { port, backend } = where();
      expect(await ask(port, '/app/x', { body: BODY, chunked: true })).toEqual([200, 'ours']);
      const seen = await request(backend);
      expect(seen.contentLength).toBe(100_000);
      expect(Buffer.compare(seen.body, BODY)).toBe(0);
      expect(values(seen, 'HTTP_TRANSFER_ENCODING')).toEqual([]);
    });

    test('Proxy is dropped', async () => {
      const { port, backend } = where();
      await ask(port, '/app/x', { headers: ['Proxy', 'http://evil', 'X-Kept', 'yes'] });
      const seen = await request(backend);
      expect([values(seen, 'HTTP_PROXY'), values(seen, 'HTTP_X_KEPT')]).toEqual([[], ['yes']]);
    });
  },
);
