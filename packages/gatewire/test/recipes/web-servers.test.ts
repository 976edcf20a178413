import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, describeWith } from '@gatewire/testkit';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Recipe } from './recipe.js';

let recipe: Recipe;

/** What is asked, and what the application of the page says of it: mount, path, query, client, bytes of body. */
interface Case {
  readonly title: string;
  /** Block of the page with the command. */
  readonly serve: number;
  readonly front: () => Promise<{ readonly port: number }>;
  readonly path: string;
  readonly told: readonly string[];
}

const ROOT = { path: '/caf%C3%A9/x?a=1', told: ['', '/cafÃ©/x', 'a=1', '127.0.0.1', '5'] };
const SHOP = { path: '/shop/item?a=1', told: ['/shop', '/item', 'a=1', '127.0.0.1', '5'] };

function page(name: string, program: string, cases: readonly Case[]): void {
  describeWith(program, `docs/recipes/${name}.md`, () => {
    beforeEach(async () => {
      recipe = await Recipe.open(name);
    });
    afterEach(() => recipe.close());
    afterAll(() => {
      expect(recipe.unused(), 'every block of the page is run').toEqual([]);
    });

    test.each(cases.map((it) => [it.title, it] as const))('%s', async (_, { serve, front, path, told }) => {
      await recipe.gatewire(serve);
      const { port } = await front();
      const { status, body } = await ask(port, path, { body: Buffer.from('hello') });
      // Twice: the second finds what the first has left of a kept connection.
      const again = await ask(port, path, { body: Buffer.from('hello') });
      expect([status, body.toString('utf8').trimEnd().split('\n')]).toEqual([200, told]);
      expect(again.body.equals(body)).toBe(true);
    });

    if (name === 'nginx') {
      test('files beside the application', async () => {
        await mkdir(join(recipe.directory.path, 'public'));
        await writeFile(join(recipe.directory.path, 'public', 'hello.txt'), 'a file\n');
        const { port } = await recipe.nginx(2);
        expect((await ask(port, '/hello.txt')).body.toString()).toBe('a file\n');
        expect((await ask(port, '/none.txt')).status).toBe(404);
        expect((await ask(port, '/app.js')).status).toBe(404);
      });
    }
  });
}

page('nginx', 'nginx', [
  { title: 'uwsgi', serve: 0, front: () => recipe.nginx(0), ...ROOT },
  { title: 'FastCGI', serve: 1, front: () => recipe.nginx(1), ...ROOT },
  { title: 'below a path', serve: 2, front: () => recipe.nginx(2), ...SHOP },
  { title: 'without buffers', serve: 0, front: () => recipe.nginx(3), ...ROOT },
]);

page('apache', 'apache2', [
  { title: 'uwsgi', serve: 0, front: () => recipe.apache(0, 1), ...ROOT },
  { title: 'FastCGI', serve: 2, front: () => recipe.apache(1, 3), ...ROOT },
  { title: 'a unix socket, below a path', serve: 4, front: () => recipe.apache(2, 3), ...SHOP },
]);

page('lighttpd', 'lighttpd', [
  { title: 'FastCGI', serve: 0, front: () => recipe.lighttpd(0), ...ROOT },
  { title: 'uwsgi', serve: 1, front: () => recipe.lighttpd(1), ...ROOT },
  { title: 'below a path', serve: 0, front: () => recipe.lighttpd(2), ...SHOP },
]);

page('caddy', 'caddy', [
  { title: 'FastCGI', serve: 0, front: () => recipe.caddy(0), ...ROOT },
  { title: 'HTTP', serve: 1, front: () => recipe.caddy(1), ...ROOT },
  { title: 'below a path', serve: 2, front: () => recipe.caddy(2), ...SHOP },
]);
