import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundledCommand } from '../bundled.js';
import type { EndedApart } from '../cli.js';
import { makeSite, sha256 } from './site.js';
import type { Told } from './site.js';

let site: TempDir;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(() => site.remove());

/** How a web server starts a program: with the request in an environment that has little else. */
const GET = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  SERVER_PROTOCOL: 'HTTP/1.1',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  REQUEST_METHOD: 'GET',
  SCRIPT_NAME: '/shop',
  PATH_INFO: '/item',
  QUERY_STRING: 'a=1&b=2',
};

interface Started {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array | string;
  /** Leaves stdin open, as RFC 3875 allows a web server to. */
  readonly open?: boolean;
}

async function cgi(
  args: readonly string[],
  { env = GET, stdin = '', open }: Started = {},
): Promise<EndedApart> {
  const [node, file] = await bundledCommand();
  const child = spawn(node, [file, 'cgi', ...args], { cwd: site.path, env, timeout: 20_000 });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  if (open === true) child.stdin.write(stdin);
  else child.stdin.end(stdin);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout), stderr });
    });
  });
}

function divided(stdout: Buffer): { readonly head: string; readonly body: string } {
  const text = stdout.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return { head: text.slice(0, end + 2), body: text.slice(end + 4) };
}

const TOLD = {
  method: 'GET',
  mount: '/shop',
  path: '/item',
  query: 'a=1&b=2',
  cookie: '',
  header: '',
  type: '',
};

describe('gatewire cgi --help', () => {
  test('teaches with the script and the configurations of docs/recipes/cgi.md, which are run', async () => {
    const { code, stdout } = await cgi(['--help']);
    const page = await readFile(new URL('../../../../docs/recipes/cgi.md', import.meta.url), 'utf8');
    const help = stdout.toString();
    const examples = help.slice(help.indexOf('#!/bin/sh'), help.indexOf('By hand'));
    const lines = examples
      .split('\n')
      .filter((line) =>
        /^ +(exec|ScriptAlias|<|Require|\$HTTP|alias|cgi|location|include|fastcgi)/.test(line),
      );
    expect(lines.length).toBeGreaterThan(9);
    for (const line of lines) expect(page).toContain(line.trim());
    expect(help).toContain('Exit codes: 0 answered, 1 the response is not complete, 2 wrong usage');
    expect(code).toBe(0);
  });

  test('its example by hand works', async () => {
    const { stdout } = await cgi(['wsgi.mjs'], {
      env: { REQUEST_METHOD: 'GET', SCRIPT_NAME: '/shop', PATH_INFO: '/item' },
    });
    expect(stdout.toString()).toMatch(/^Status: 201 Created\r\n/);
  });
});

describe('gatewire cgi', () => {
  test.each([
    ['WSGI', ['wsgi.mjs']],
    ['ASGI', ['asgi.mjs', '--interface', 'asgi', '--lifespan', 'auto']],
    ['Fetch', ['fetch']],
  ])('§6.2.1 answers as a %s application does, with a Status field', async (_, args) => {
    const { code, stdout } = await cgi(args);
    const { head, body } = divided(stdout);
    expect(head.split('\r\n')[0]).toBe('Status: 201 Created');
    expect(head.toLowerCase()).toContain('content-type: application/json\r\n');
    expect(head.match(/^set-cookie: [ab]=[12]\r$/gim)).toHaveLength(2);
    expect(JSON.parse(body) as Told).toEqual({ ...TOLD, bytes: 0, sha256: sha256(new Uint8Array()) });
    expect(code).toBe(0);
  });

  test('§4.2 reads CONTENT_LENGTH bytes, and no further when stdin stays open', async () => {
    const env = { ...GET, REQUEST_METHOD: 'POST', CONTENT_LENGTH: '5', CONTENT_TYPE: 'text/plain' };
    const { code, stdout } = await cgi(['wsgi.mjs'], { env, stdin: 'helloEXTRA', open: true });
    const told = JSON.parse(divided(stdout).body) as Told;
    expect([told.bytes, told.sha256, told.type]).toEqual([5, sha256(Buffer.from('hello')), 'text/plain']);
    expect(code).toBe(0);
  });

  test('reads a chunked body, which Apache passes on without a length, to its end', async () => {
    const env = { ...GET, REQUEST_METHOD: 'POST', HTTP_TRANSFER_ENCODING: 'chunked' };
    const { stdout } = await cgi(['wsgi.mjs'], { env, stdin: 'hello' });
    expect((JSON.parse(divided(stdout).body) as Told).bytes).toBe(5);
  });

  test('a body that ends early is an error for the application, not a short body', async () => {
    const env = { ...GET, REQUEST_METHOD: 'POST', CONTENT_LENGTH: '9' };
    const { code, stdout } = await cgi(['wsgi.mjs'], { env, stdin: 'hello' });
    expect(stdout.toString()).not.toContain('201');
    expect(code).toBe(1);
  });

  test('answers without waiting for a body that nobody reads', async () => {
    const env = { ...GET, PATH_INFO: '/ignore', REQUEST_METHOD: 'POST', CONTENT_LENGTH: '100' };
    const { code, stdout } = await cgi(['wsgi.mjs'], { env, stdin: 'x', open: true });
    expect([code, divided(stdout).body.length]).toEqual([0, 1_048_576]);
  });

  test.each([
    ['reads it', '/echo'],
    ['reads a byte of it', '/deaf'],
  ])(
    'takes a body whose sender reads nothing before that, as Apache does; the application %s',
    async (_, path) => {
      const [node, file] = await bundledCommand();
      const env = { ...GET, PATH_INFO: path, REQUEST_METHOD: 'POST', CONTENT_LENGTH: '4194304' };
      const child = spawn(node, [file, 'cgi', 'wsgi.mjs'], { cwd: site.path, env, timeout: 20_000 });
      child.stderr.resume();
      await new Promise<void>((resolve) => child.stdin.end(Buffer.alloc(4_194_304, 'x'), resolve));
      let size = 0;
      for await (const chunk of child.stdout) size += (chunk as Buffer).length;
      expect(size).toBeGreaterThan(4_194_304);
    },
  );

  test('bytes of a path that are no UTF-8 reach the application', async () => {
    const [node, file] = await bundledCommand();
    // Node can give no such environment: the shell does.
    const script = 'PATH_INFO="$(printf "/caf\\351")" exec "$@"';
    const env = { ...GET, REQUEST_METHOD: 'GET' };
    const child = spawn('/bin/sh', ['-c', script, 'sh', node, file, 'cgi', 'wsgi.mjs'], {
      cwd: site.path,
      env,
    });
    let text = '';
    child.stderr.resume();
    for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk as string;
    expect((JSON.parse(text.slice(text.indexOf('{'))) as Told).path).toBe('/caf\xe9');
  });

  test('TERM, with which web servers give up, reaches the application', async () => {
    const [node, file] = await bundledCommand();
    const env = { ...GET, PATH_INFO: '/wait' };
    const child = spawn(node, [file, 'cgi', 'wsgi.mjs'], { cwd: site.path, env, timeout: 20_000 });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    await expect.poll(() => log, { timeout: 10_000 }).toContain('waiting');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(log).toContain('told: the web server gave the request up');
    expect(code).toBe(1);
  });

  test('says that the process is for one request, beside others', async () => {
    const { stdout } = await cgi(['wsgi.mjs'], { env: { ...GET, PATH_INFO: '/once' } });
    expect(divided(stdout).body).toBe('true,true');
  });

  test('an error of the application is a 500 that tells nothing, and a line in the log', async () => {
    const { code, stdout, stderr } = await cgi(['wsgi.mjs'], { env: { ...GET, PATH_INFO: '/fail' } });
    expect(stdout.toString()).toMatch(/^Status: 500 Internal Server Error\r\n/);
    expect(stdout.toString()).not.toContain('secret');
    expect(stderr).toContain('secret of wsgi');
    expect(code).toBe(0);
  });

  test('an error behind the head: what came is there, and the exit code says that it is not all', async () => {
    const { code, stdout, stderr } = await cgi(['wsgi.mjs'], { env: { ...GET, PATH_INFO: '/half' } });
    expect(divided(stdout).body.length).toBeLessThan(10);
    expect(stderr).toContain('later');
    expect(code).toBe(1);
  });

  test('what the application prints is in the log, not in the response', async () => {
    const { stdout, stderr } = await cgi(['wsgi.mjs']);
    expect(stderr).toContain('console.log of the application\n');
    expect(stdout.toString()).not.toContain('console.log');
  });

  test('an application that cannot be loaded is a 500, and exit code 3', async () => {
    const { code, stdout, stderr } = await cgi(['missing.mjs']);
    expect(stdout.toString()).toBe(
      'Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nInternal Server Error\n',
    );
    expect(stderr).toContain('missing.mjs');
    expect(code).toBe(3);
  });

  test('§4.3.3 HEAD has no body, also when the application cannot be loaded', async () => {
    const env = { ...GET, REQUEST_METHOD: 'HEAD' };
    expect(divided((await cgi(['wsgi.mjs'], { env })).stdout).body).toBe('');
    expect(divided((await cgi(['missing.mjs'], { env })).stdout).body).toBe('');
  });

  test('flags: mount, limit, variables, log', async () => {
    const env = { ...GET, SCRIPT_NAME: '/shop/x', REQUEST_METHOD: 'POST', CONTENT_LENGTH: '5' };
    const flags = ['--root-path', '/shop', '--env', 'HTTP_X_TEST=yes'];
    const told = JSON.parse(
      divided((await cgi(['wsgi.mjs', ...flags], { env, stdin: 'hello' })).stdout).body,
    ) as Told;
    expect([told.mount, told.path, told.header]).toEqual(['/shop', '/x/item', 'yes']);
    const limited = await cgi(['wsgi.mjs', '--max-body', '4', '--log-format', 'json'], {
      env,
      stdin: 'hello',
    });
    expect(limited.stdout.toString()).toMatch(/^Status: 413 /);
    expect(JSON.parse(limited.stderr.split('\n')[0])).toMatchObject({ event: 'body_too_large' });
  });

  test('a stall of the web server ends the request after --body-timeout', async () => {
    const env = { ...GET, REQUEST_METHOD: 'POST', CONTENT_LENGTH: '9' };
    const started = { env, stdin: 'hello', open: true };
    const { code } = await cgi(['wsgi.mjs', '--body-timeout', '0.2'], started);
    expect(code).toBe(1);
  });

  test('neither a configuration file nor GATEWIRE_ variables are read', async () => {
    const env = { ...GET, GATEWIRE_APP: join(site.path, 'missing.mjs'), GATEWIRE_CONFIG: 'missing.json' };
    expect((await cgi(['wsgi.mjs'], { env })).code).toBe(0);
  });
});
