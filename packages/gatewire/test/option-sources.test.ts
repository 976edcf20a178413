import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applySources } from '../src/option-sources.js';
import { serveCommand } from '../src/serve-definition.js';
import type { ServeFlags } from '../src/serve-options.js';
import { run } from './cli.js';

let directory: TempDir;

beforeEach(async () => {
  directory = await makeTempDir('gatewire-options');
});
afterEach(() => directory.remove());

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(directory.path, name), text);
}

interface Resolved {
  readonly flags: ServeFlags;
  readonly app: string | undefined;
  readonly error: string;
}

/** What the flags are with this command line and environment, in the directory. */
async function resolve(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Resolved> {
  let error = '';
  const command = serveCommand()
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({
      writeErr: (text) => {
        error += text;
      },
    });
  command.parseOptions([...args]);
  const app = await applySources(command, env, directory.path).catch(() => undefined);
  return { flags: command.opts<ServeFlags>(), app, error };
}

describe('precedence', () => {
  test('command line, then environment, then file, then default', async () => {
    await write(
      'gatewire.config.json',
      '{ "headerTimeout": 1, "bodyTimeout": 1, "maxBody": "1k", "app": "file.js" }',
    );
    const env = { GATEWIRE_HEADER_TIMEOUT: '2', GATEWIRE_BODY_TIMEOUT: '2' };
    const { flags, app, error } = await resolve(['--header-timeout', '3'], env);
    expect(error).toBe('');
    expect(flags).toMatchObject({ headerTimeout: 3, bodyTimeout: 2, maxBody: 1024, accessLog: '-' });
    expect(app).toBe('file.js');
    expect((await resolve([], { GATEWIRE_APP: 'env.js' })).app).toBe('env.js');
  });

  test('WEB_CONCURRENCY counts less than GATEWIRE_WORKERS, and more than a file', async () => {
    await write('gatewire.config.json', '{ "workers": 1 }');
    expect((await resolve([])).flags.workers).toBe(1);
    expect((await resolve([], { WEB_CONCURRENCY: '2' })).flags.workers).toBe(2);
    expect((await resolve([], { WEB_CONCURRENCY: '2', GATEWIRE_WORKERS: '3' })).flags.workers).toBe(3);
  });

  test('an empty variable is none', async () => {
    expect((await resolve([], { GATEWIRE_WORKERS: '', GATEWIRE_APP: '' })).flags.workers).toBeUndefined();
  });
});

test('flags that are repeated: blanks in a variable, a list in a file', async () => {
  await write(
    'gatewire.config.json',
    '{ "http": [":1", ":2"], "uwsgi": ":3", "env": { "A": "1", "B": "x=y" } }',
  );
  const { flags } = await resolve([], { GATEWIRE_FASTCGI: ':4  unix:/run/a.sock' });
  expect(flags.http).toEqual([1, 2].map((port) => ({ protocol: 'http', host: '127.0.0.1', port })));
  expect(flags.uwsgi).toEqual([{ protocol: 'uwsgi', host: '127.0.0.1', port: 3 }]);
  expect(flags.fastcgi).toEqual([
    { protocol: 'fastcgi', host: '127.0.0.1', port: 4 },
    { protocol: 'fastcgi', path: '/run/a.sock' },
  ]);
  expect(flags.env).toEqual({ A: '1', B: 'x=y' });
});

test('--env: values as bytes, and none from GATEWIRE_ENV, which names a stage elsewhere', async () => {
  const { flags } = await resolve(['--env', 'NAME=caf\xe9', '--env', 'EMPTY='], {
    GATEWIRE_ENV: 'production',
  });
  expect(flags.env).toEqual({ NAME: 'caf\xc3\xa9', EMPTY: '' });
});

describe('files', () => {
  test.each(['gatewire.config.js', 'gatewire.config.mjs'])('%s is found', async (name) => {
    await write('package.json', '{ "type": "module" }');
    await write(name, 'export default { workers: 2 + 2 };');
    expect((await resolve([])).flags.workers).toBe(4);
  });

  test('--config and GATEWIRE_CONFIG name another', async () => {
    await write('gatewire.config.json', '{ "workers": 1 }');
    await write('other.cjs', 'module.exports = { workers: 2 };');
    await write('third.json', '{ "workers": 3 }');
    expect((await resolve(['--config', 'other.cjs'])).flags.workers).toBe(2);
    expect((await resolve([], { GATEWIRE_CONFIG: 'third.json' })).flags.workers).toBe(3);
    expect((await resolve(['--config', 'other.cjs'], { GATEWIRE_CONFIG: 'third.json' })).flags.workers).toBe(
      2,
    );
  });
});

describe('what is wrong says where it stands', () => {
  test.each([
    [{ GATEWIRE_MAX_BODY: '1t' }, '{}', "error: GATEWIRE_MAX_BODY '1t' is invalid. Expected bytes"],
    [{ WEB_CONCURRENCY: 'many' }, '{}', "error: WEB_CONCURRENCY 'many' is invalid. Expected a whole number"],
    [
      { GATEWIRE_UWSGI: ':1 3031' },
      '{}',
      "error: GATEWIRE_UWSGI '3031' is invalid. (for a port on this machine write :3031)",
    ],
    [
      { GATEWIRE_LOG_LEVEL: 'loud' },
      '{}',
      "error: GATEWIRE_LOG_LEVEL 'loud' is invalid. Allowed choices are debug",
    ],
    [{}, '{ "maxBody": "1t" }', "error: gatewire.config.json: maxBody '1t' is invalid. Expected bytes"],
    [{}, '{ "http": ":99999" }', "error: gatewire.config.json: http ':99999' is invalid. (port"],
    [{}, '{ "maxbody": 1 }', 'error: gatewire.config.json: unknown key "maxbody"; known are app, interface'],
    [
      {},
      '{ "workers": null }',
      'error: gatewire.config.json: workers: expected a text or a number, got null',
    ],
    [{}, '{ "workers": [1] }', 'error: gatewire.config.json: workers: expected a text or a number, got [1]'],
    [{}, '{ "http": [1] }', 'error: gatewire.config.json: http: expected a text, or a list of them, got [1]'],
    [{}, '[]', 'error: gatewire.config.json: expected an object'],
    [{}, '{', 'error: gatewire.config.json: '],
    [{ GATEWIRE_CONFIG: 'missing.json' }, '{}', 'error: missing.json: there is no such file (ENOENT)\n'],
    [{ GATEWIRE_CONFIG: 'missing.mjs' }, '{}', 'error: missing.mjs: there is no such file (ENOENT)\n'],
  ])('%j with %s', async (env, file, message) => {
    await write('gatewire.config.json', file);
    const { error } = await resolve([], env);
    expect(error).toContain(message);
    expect(error.indexOf(message)).toBe(0);
  });

  test('and is wrong usage: exit code 2', async () => {
    await write('gatewire.config.json', '{ "workers": 0 }');
    const { code, output } = await run(['serve', 'app.js'], { cwd: directory.path });
    expect(output).toContain(
      "gatewire.config.json: workers '0' is invalid. Expected a whole number of 1 or more.",
    );
    expect(code).toBe(2);
  });
});
