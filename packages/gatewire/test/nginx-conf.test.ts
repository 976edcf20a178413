import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describeWith,
  findProgram,
  freePort,
  makeTempDir,
  nginxParams,
  startProgram,
} from '@gatewire/testkit';
import type { RunningProgram, TempDir } from '@gatewire/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nginxText } from '../src/nginx-conf/text.js';
import { gatewire, runApart } from './cli.js';

const APPLICATION = `
export const app = async (environ, start) => {
  const body = await environ['wsgi.input'].read();
  start('200 OK', [['Content-Type', 'text/plain']]);
  const text = [environ.SCRIPT_NAME, environ.PATH_INFO, environ.QUERY_STRING, environ.HTTP_HOST, body.length].join('|');
  return [new TextEncoder().encode(text)];
};
`;

async function configurationFor(...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await runApart(['nginx-conf', 'app.mjs', ...flags]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString();
}

describeWith('nginx', 'gatewire nginx-conf with the flags of gatewire serve', () => {
  let directory: TempDir;
  const programs: RunningProgram[] = [];

  beforeEach(async () => {
    directory = await makeTempDir('gatewire-conf');
    await writeFile(join(directory.path, 'app.mjs'), APPLICATION);
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.stop();
    await directory.remove();
  });

  /** Checks the configuration with `nginx -t`, then runs it in front of a server with the same flags; its URL. */
  async function run(
    listeners: number,
    flags: readonly string[],
    own: readonly string[] = [],
  ): Promise<string> {
    const port = await freePort();
    const { path } = directory;
    const text = await configurationFor(
      ...flags,
      ...own,
      '--listen',
      `127.0.0.1:${port}`,
      '--server-name',
      'localhost',
    );
    await mkdir(join(path, 'temp'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const folders = temporary.map((name) => `${name}_temp_path ${path}/temp/${name};`).join('\n');
    const main = `daemon off;\nmaster_process off;\npid ${path}/pid;\nerror_log ${path}/error.log info;\nevents {}\n`;
    await writeFile(join(path, 'nginx.conf'), `${main}http {\naccess_log off;\n${folders}\n${text}}\n`);
    for (const name of ['uwsgi_params', 'fastcgi_params'] as const) {
      const directive = name.replace('params', 'param');
      await writeFile(join(path, name), nginxParams(name) ?? `${directive} NONE none;`);
    }
    const nginx = findProgram('nginx') ?? 'nginx';
    const args = ['-p', path, '-c', join(path, 'nginx.conf')];
    const checked = spawnSync(nginx, ['-t', ...args], { encoding: 'utf8' });
    expect(checked.stderr).toMatch(/test is successful/);
    expect(checked.stderr).not.toMatch(/\[warn\]/);
    const serve = ['serve', 'app.mjs', ...flags, '--access-log', 'none'];
    const ready = new RegExp(`(?:listening on .+\\n){${listeners}}`);
    programs.push(await gatewire(serve, { cwd: path, ready: { output: ready } }));
    programs.push(await startProgram(nginx, args, { ready: { port } }));
    return `http://127.0.0.1:${port}`;
  }

  test.each([
    ['uwsgi', 'include'],
    ['uwsgi', 'inline'],
    ['fastcgi', 'include'],
    ['fastcgi', 'inline'],
    ['http', 'include'],
  ] as const)('over %s, parameters by %s: path, query and 2 MiB of body arrive', async (protocol, params) => {
    const address = `127.0.0.1:${await freePort()}`;
    const url = await run(1, [`--${protocol}`, address], ['--params', params]);
    const got = await fetch(`${url}/a%20b?x=%31`);
    expect(await got.text()).toMatch(/^\|\/a b\|x=%31\|127\.0\.0\.1(?::\d+)?\|0$/);
    const posted = await fetch(`${url}/p`, { method: 'POST', body: new Uint8Array(2_097_152) });
    expect(await posted.text()).toMatch(/^\|\/p\|\|.+\|2097152$/);
  });

  test.each(['uwsgi', 'fastcgi', 'http'])(
    '--root-path over %s is SCRIPT_NAME; a larger body is refused',
    async (protocol) => {
      const address = `127.0.0.1:${await freePort()}`;
      const url = await run(1, [`--${protocol}`, address, '--root-path', '/my shop', '--max-body', '64k']);
      expect(await (await fetch(`${url}/my%20shop/item?q`)).text()).toMatch(/^\/my shop\|\/item\|q\|/);
      const bare = await fetch(`${url}/my%20shop`, { redirect: 'manual' });
      expect([bare.status, bare.headers.get('location')]).toEqual([
        301,
        expect.stringMatching(/\/my%20shop\/$/),
      ]);
      expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
      const large = await fetch(`${url}/my%20shop/`, { method: 'POST', body: new Uint8Array(65_537) });
      expect(large.status).toBe(413);
    },
  );

  test('several addresses share the requests; a unix socket', async () => {
    const path = join(directory.path, 'app.sock');
    const url = await run(2, ['--uwsgi', `127.0.0.1:${await freePort()}`, '--uwsgi', `unix:${path}`]);
    for (let i = 0; i < 4; i++) expect((await fetch(`${url}/${i}`)).status).toBe(200);
    expect(await readFile(join(directory.path, 'error.log'), 'utf8')).not.toContain('[error]');
  });

  test('connections over FastCGI and HTTP stay open', async () => {
    for (const protocol of ['fastcgi', 'http'] as const) {
      const text = await configurationFor(`--${protocol}`, '127.0.0.1:9000');
      expect(text).toMatch(/^ {2}keepalive 16;$/m);
    }
    const text = await configurationFor('--fastcgi', '127.0.0.1:9000');
    expect(text).toMatch(/^ {4}fastcgi_keep_conn on;$/m);
  });
});

describe('what is printed', () => {
  test('nothing said: uwsgi on 127.0.0.1:3031', async () => {
    const text = await configurationFor();
    expect(text)
      .toBe(`# Written by gatewire nginx-conf. It belongs inside of the http block: on Debian, in a file in /etc/nginx/conf.d/.
# nginx -t checks it, nginx -s reload loads it.

upstream gatewire_uwsgi {
  server 127.0.0.1:3031;
}

server {
  listen 80;
  server_name _;

  location / {
    client_max_body_size 1g;
    include uwsgi_params;
    uwsgi_pass gatewire_uwsgi;
    # WebSockets pass as they are. nginx closes one that is silent for 60 s: uwsgi_read_timeout.
  }
}
`);
  });

  test.concurrent('every interface is reached through this machine; sizes; names', async () => {
    const text = await configurationFor(
      ...[
        '--uwsgi',
        '0.0.0.0:1',
        '--uwsgi',
        '[::]:2',
        '--uwsgi',
        '[fe80::1]:3',
        '--uwsgi',
        'unix:/run/a b.sock',
      ],
      ...['--max-body', '1536', '--name', 'shop', '--listen', '8080', '--listen', '[::]:8080'],
    );
    expect(text.match(/^ {2}server .+;$/gm)).toEqual([
      '  server 127.0.0.1:1;',
      '  server [::1]:2;',
      '  server [fe80::1]:3;',
      '  server "unix:/run/a b.sock";',
    ]);
    expect(text).toContain('client_max_body_size 1536;');
    expect(text).toContain('upstream shop_uwsgi {');
    expect(text.match(/^ {2}listen .+$/gm)).toEqual(['  listen 8080;', '  listen [::]:8080;']);
  });

  test.concurrent('several protocols: the first is used, the others are comments', async () => {
    const text = await configurationFor(
      '--http',
      ':8000',
      '--fastcgi',
      ':9000',
      '--keep-alive-timeout',
      '30',
    );
    expect(text).toMatch(/^ {4}fastcgi_pass gatewire_fastcgi;$/m);
    expect(text).toMatch(/^ {2}# {3}proxy_pass http:\/\/gatewire_http;$/m);
    expect(text).toMatch(/^# {3}keepalive_timeout 29s;$/m);
  });

  test.concurrent.each([
    [['--uwsgi', 'fd:3'], 'give its address instead, such as --uwsgi unix:/run/app.sock'],
    [['--fastcgi', ':0'], 'port 0 is another one at each start'],
    [['--root-path', '/a$b'], 'cannot be written in an nginx configuration'],
    [['--params', 'other'], 'Allowed choices are include, inline'],
    [['--name', 'a-b'], 'Expected letters, digits and _'],
    [['--bogus'], "unknown option '--bogus'"],
  ] as const)('%j is wrong usage: exit code 2', async (flags, message) => {
    const { code, stdout, stderr } = await runApart(['nginx-conf', ...flags]);
    expect(stderr).toContain(message);
    expect([code, stdout.length]).toEqual([2, 0]);
  });

  test('texts in quotes where nginx needs them', () => {
    expect(nginxText('/run/app.sock')).toBe('/run/app.sock');
    expect(nginxText('a b')).toBe('"a b"');
    expect(nginxText('a"\\b;')).toBe('"a\\"\\\\b;"');
    expect(nginxText('')).toBe('""');
    expect(() => nginxText('a$b')).toThrow(RangeError);
  });
});
