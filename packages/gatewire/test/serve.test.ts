import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProgram } from '@gatewire/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended } from './cli.js';
import { addressOf, WaitingSite } from './waiting-site.js';

let site: WaitingSite;

beforeEach(async () => {
  site = await WaitingSite.make();
});

afterEach(() => site.remove());

function serve(
  args: readonly string[],
  ready: RegExp = /^listening on http \S+\n/m,
): Promise<RunningProgram> {
  return site.serve(args, ready);
}

function urlOf(running: RunningProgram): string {
  return `http://${addressOf(running, 'http')}`;
}

/** A request that has begun to be answered; `rest` is its whole body. */
async function inFlight(running: RunningProgram): Promise<{ readonly rest: Promise<string> }> {
  const response = await fetch(`${urlOf(running)}/wait`);
  return { rest: response.text() };
}

describe('ready lines', () => {
  test('one for each listener, with the real port', async () => {
    const path = site.path('app.sock');
    const args = ['--uwsgi', ':0', '--uwsgi', `unix:${path}`, '--http', '127.0.0.1:0'];
    const running = await serve(args);
    expect(running.output()).toMatch(
      /^listening on uwsgi 127\.0\.0\.1:[1-9][0-9]*\nlistening on uwsgi unix:\S+\/app\.sock\nlistening on http 127\.0\.0\.1:[1-9][0-9]*\n$/,
    );
    expect(existsSync(path)).toBe(true);
    await running.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('as JSON', async () => {
    const running = await serve(['--uwsgi', ':0', '--http', ':0', '--log-format', 'json'], /"http".*\n/);
    const lines = running
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(2);
    for (const [i, protocol] of ['uwsgi', 'http'].entries()) {
      expect(lines[i]).toMatchObject({ level: 'info', event: 'listening', protocol });
      expect(lines[i]['address']).toMatch(/^127\.0\.0\.1:[1-9][0-9]*$/);
    }
  });

  test('are written at every log level', async () => {
    const running = await serve(['--http', ':0', '--log-level', 'error']);
    expect(running.output()).toMatch(/^listening on http \S+\n$/);
  });
});

test('an address that is taken: exit code 3, and nothing listens', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, output } = await site.fail(['--http', ':0', '--uwsgi', `:${port}`]);
  other.close();
  expect(output).toBe(`error: cannot listen: address already in use 127.0.0.1:${port}\n`);
  expect(code).toBe(3);
});

test.each([
  ['a folder that is not there', 'unix:missing/s', /^error: cannot listen: there is no folder missing\n$/],
  [
    'a file that is no socket',
    'unix:app.mjs',
    /^error: cannot listen: app\.mjs is a file that is no socket: move it away or choose another path\n$/,
  ],
  ['no open socket', 'fd:99', /^error: cannot listen: fd:99 is no socket that is open in this process\n$/],
  [
    'a host without an address',
    'no.invalid:80',
    /^error: cannot listen: no\.invalid has no address \([A-Z_]+\)\n$/,
  ],
])('%s to listen on: exit code 3, with and without workers', async (_, address, message) => {
  for (const workers of [[], ['--workers', '1']]) {
    const { code, output } = await site.fail(['--uwsgi', address, ...workers]);
    expect(output).toMatch(message);
    expect(code).toBe(3);
  }
});

test('an access log that cannot be opened: exit code 3', async () => {
  const { code, output } = await site.fail(['--http', ':0', '--access-log', 'missing/access.log']);
  expect(output).toMatch(/^error: access log \S+: its folder is not there, create it \(ENOENT\)\n/);
  expect(code).toBe(3);
});

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: the request in flight is answered, no other, then exit code 0',
    async (signal) => {
      const running = await serve(['--http', ':0']);
      const { rest } = await inFlight(running);
      process.kill(running.pid, signal);
      await running.waitForOutput(/^stopping after the requests in flight/m);
      // What the kernel has taken already is answered first.
      const refused = (): Promise<boolean> =>
        fetch(`${urlOf(running)}/now`).then(
          () => false,
          () => true,
        );
      await expect.poll(refused, { timeout: 2_000 }).toBe(true);
      await site.go();
      expect(await rest).toBe('|/wait end');
      const { code, output } = await ended(running);
      expect(output).toMatch(/"GET \/wait HTTP\/1\.1" 200 10 .*\nstopped\n$/);
      expect(code).toBe(0);
    },
  );

  test('--graceful-timeout: what is not done by then is cut', async () => {
    const running = await serve(['--http', ':0', '--graceful-timeout', '0.2']);
    const { rest } = await inFlight(running);
    process.kill(running.pid, 'SIGTERM');
    await expect(rest).rejects.toThrow();
    expect((await ended(running)).code).toBe(0);
  });

  test('a second INT cuts at once: exit code 130', async () => {
    const running = await serve(['--http', ':0']);
    const { rest } = await inFlight(running);
    const cut = expect(rest).rejects.toThrow();
    process.kill(running.pid, 'SIGINT');
    await running.waitForOutput(/Ctrl-C again stops at once/);
    // Right after the first it would be taken for the same key stroke.
    await sleep(600);
    process.kill(running.pid, 'SIGINT');
    await cut;
    expect((await ended(running)).code).toBe(130);
  });
});

describe('access log', () => {
  const LINE = /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/now\?x=1 HTTP\/1\.1" 200 9 "-" "test\/1"\n$/;

  test('to a file', async () => {
    const running = await serve(['--http', ':0', '--access-log', 'access.log']);
    await (await fetch(`${urlOf(running)}/now?x=1`, { headers: { 'User-Agent': 'test/1' } })).text();
    await running.stop();
    expect(await readFile(site.path('access.log'), 'utf8')).toMatch(LINE);
    expect(running.output()).not.toContain('GET');
  });

  test('to stdout unless told otherwise, and not with none', async () => {
    const running = await serve(['--http', ':0']);
    await (await fetch(`${urlOf(running)}/now?x=1`, { headers: { 'User-Agent': 'test/1' } })).text();
    await running.stop();
    expect(running.output()).toMatch(new RegExp(LINE.source.slice(0, -3), 'm'));
    const silent = await serve(['--http', ':0', '--access-log', 'none']);
    await (await fetch(`${urlOf(silent)}/now`)).text();
    await silent.stop();
    expect(silent.output()).not.toContain('GET');
  });
});

test('--root-path and --max-body reach the server', async () => {
  await site.write(
    `export const app = (environ, start) => {
      start('200 OK', []);
      return [new TextEncoder().encode(environ.SCRIPT_NAME + '|' + environ.PATH_INFO)];
    };`,
  );
  const running = await serve(['--http', ':0', '--root-path', '/shop', '--max-body', '1k']);
  expect(await (await fetch(`${urlOf(running)}/shop/cart`)).text()).toBe('/shop|/cart');
  const large = await fetch(`${urlOf(running)}/shop/cart`, { method: 'POST', body: 'x'.repeat(1025) });
  expect(large.status).toBe(413);
});

describe('applications', () => {
  const ASGI = `export const app = async (scope, receive, send) => {
    if (scope.type === 'lifespan') {
      await receive();
      return send({ type: 'lifespan.startup.failed', message: 'no database' });
    }
    await send({ type: 'http.response.start', status: 200 });
    await send({ type: 'http.response.body', body: new TextEncoder().encode('asgi ' + scope.path) });
  };`;

  test.each([
    ['asgi', [], ASGI.replace(/if \(scope.type[^}]*\}[^}]*\}/s, ''), 'asgi /now'],
    [
      'fetch',
      [],
      'export default (request) => new Response("fetch " + new URL(request.url).pathname);',
      'fetch /now',
    ],
    ['node', [], 'export default (req, res) => res.end("node " + req.url);', 'node /now'],
    ['auto', [], 'export default { fetch: () => new Response("by its form") };', 'by its form'],
    [
      'wsgi',
      ['--env', 'SETTINGS=production'],
      'export const app = (environ, start) => { start("200 OK", []); return [new TextEncoder().encode(environ.SETTINGS)]; };',
      'production',
    ],
  ])('--interface %s %j', async (kind, args, application, answer) => {
    await site.write(application);
    const running = await serve(['--http', ':0', '--interface', kind, ...args]);
    expect(await (await fetch(`${urlOf(running)}/now`)).text()).toBe(answer);
  });

  test.each([[[]], [['--workers', '2']]])(
    'an application that fails to start: exit code 3 %j',
    async (workers) => {
      await site.write(ASGI);
      const { code, output } = await site.fail(['--http', ':0', '--interface', 'asgi', ...workers]);
      expect(output).toMatch(/^error: .*no database/m);
      expect(code).toBe(3);
    },
  );

  test('--lifespan off does not ask it', async () => {
    await site.write(ASGI);
    const running = await serve(['--http', ':0', '--interface', 'asgi', '--lifespan', 'off']);
    expect(await (await fetch(`${urlOf(running)}/now`)).text()).toBe('asgi /now');
  });
});
