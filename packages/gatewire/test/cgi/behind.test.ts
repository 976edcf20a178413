import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, describeWith, nginxVersion, startFcgiwrap } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Recipe } from '../recipes/recipe.js';
import { APPLICATIONS, installCommand, sha256, writeScript } from './site.js';
import type { Told } from './site.js';

/** What tells the port, and the log of errors if there is one. */
interface Front {
  readonly port: number;
  errors(): Promise<string>;
}

let recipe: Recipe;
let front: Front;

/** The script of the recipe with another application in it. */
async function use(file: string, flags = ''): Promise<void> {
  const script = recipe.block('sh', 0).replace(/app\.js .*/, `${file} ${flags}`);
  await writeScript(join(recipe.directory.path, 'app.cgi'), script);
}

async function told(path: string, asked?: Parameters<typeof ask>[2]): Promise<readonly [number, Told]> {
  const { status, body } = await ask(front.port, path, asked);
  return [status, JSON.parse(body.toString()) as Told];
}

/** The page has a configuration for each: what stands there runs here. */
function suite(
  programs: string[],
  name: string,
  start: () => Promise<Front>,
  cookies = ['a=1', 'b=2'],
): void {
  describeWith(programs, `gatewire cgi, as docs/recipes/cgi.md has it with ${name}`, () => {
    beforeAll(async () => {
      recipe = await Recipe.open('cgi');
      await installCommand(recipe.directory.path);
      for (const [file, code] of Object.entries(APPLICATIONS)) {
        await writeFile(join(recipe.directory.path, file), code);
      }
      await writeScript(join(recipe.directory.path, 'app.cgi'), recipe.block('sh', 0));
      front = await start();
    });
    afterAll(() => recipe.close());

    test('the application of the page', async () => {
      const { status, body } = await ask(front.port, '/shop/item?a=1', { body: Buffer.from('hello') });
      expect([status, body.toString()]).toEqual([200, 'POST\n/shop\n/item\na=1\n5\n']);
    });

    test.each([
      ['wsgi.mjs', ''],
      ['asgi.mjs', '--interface asgi'],
      ['fetch.mjs', ''],
    ])('%s: query, headers, cookies twice; errors are 500', async (file, flags) => {
      await use(file, flags);
      const headers = ['Cookie', 'a=1', 'Cookie', 'b=2', 'X-Test', 'yes'];
      const [status, it] = await told('/shop/caf%C3%A9?a=1&b=%20', { headers });
      expect(status).toBe(201);
      expect({ ...it, cookie: it.cookie.split(/[;,] ?/) }).toEqual({
        method: 'GET',
        mount: '/shop',
        path: file === 'wsgi.mjs' ? '/cafÃ©' : '/café',
        query: 'a=1&b=%20',
        cookie: cookies,
        header: 'yes',
        type: '',
        bytes: 0,
        sha256: sha256(new Uint8Array()),
      });
      const failed = await ask(front.port, '/shop/fail');
      expect(failed.status).toBe(500);
      expect(failed.body.toString()).not.toContain('secret');
      await expect.poll(() => front.errors()).toContain(`secret of ${file.split('.')[0]}`);
    });

    test.each([65_536, 1_048_576])(
      'a body of %i bytes arrives, and goes back while it comes',
      async (size) => {
        await use('wsgi.mjs');
        const body = randomBytes(size);
        const [, it] = await told('/shop/item', {
          body,
          headers: ['Content-Type', 'application/octet-stream'],
        });
        expect([it.method, it.type, it.bytes, it.sha256]).toEqual([
          'POST',
          'application/octet-stream',
          size,
          sha256(body),
        ]);
        const echoed = await ask(front.port, '/shop/echo', { body });
        expect(echoed.body.equals(body)).toBe(true);
      },
    );

    test('a chunked body', async () => {
      await use('wsgi.mjs');
      const body = randomBytes(100_000);
      const [status, it] = await told('/shop/item', { body, chunked: true });
      expect([status, it.bytes, it.sha256]).toEqual([201, body.length, sha256(body)]);
    });

    test('a body that nobody reads does not hold the response', async () => {
      const { status, body } = await ask(front.port, '/shop/ignore', { body: randomBytes(1_048_576) });
      expect([status, body.length]).toEqual([200, 1_048_576]);
    });

    test("a redirect to a path is the client's, with its status; Set-Cookie comes twice", async () => {
      const moved = await ask(front.port, '/shop/move');
      expect(moved.status).toBe(302);
      expect(moved.headers.location).toMatch(/\/shop\/there$/);
      expect((await ask(front.port, '/shop/item')).headers['set-cookie']).toEqual(['a=1', 'b=2']);
    });

    test('a query without = is no argument', async () => {
      const [status, it] = await told('/shop/item?--max-body+0');
      expect([status, it.query]).toEqual([201, '--max-body+0']);
    });

    test('an application that cannot be loaded is a 500', async () => {
      await use('missing.mjs');
      const { status, body } = await ask(front.port, '/shop/item');
      expect([status, body.toString()]).toEqual([500, 'Internal Server Error\n']);
      await expect.poll(() => front.errors()).toContain('missing.mjs');
    });
  });
}

suite(['apache2'], 'Apache', async () => {
  const server = await recipe.apache(0, 1);
  return { port: server.port, errors: () => recipe.read(join(server.prefix, 'error.log')) };
});

suite(['lighttpd'], 'lighttpd', async () => {
  const server = await recipe.lighttpd(0);
  return { port: server.port, errors: () => Promise.resolve(server.output()) };
});

// Before 1.23 nginx sends a variable for each Cookie header, of which the environment of a program has room for one. Browsers
// send one.
const ONE_COOKIE = /^1\.([0-9]|1[0-9]|2[0-2])\./.test(nginxVersion() ?? '');

suite(
  ['nginx', 'fcgiwrap'],
  'fcgiwrap behind nginx',
  async () => {
    const fcgiwrap = recipe.keep(await startFcgiwrap({}));
    recipe.place('/run/fcgiwrap.socket', fcgiwrap.socket);
    const nginx = await recipe.nginx(0);
    return { port: nginx.port, errors: () => nginx.errorLog() };
  },
  ONE_COOKIE ? ['b=2'] : ['a=1', 'b=2'],
);
