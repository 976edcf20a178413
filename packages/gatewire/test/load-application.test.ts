import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WSGIApplication, WSGIEnvironment } from '@gatewire/interfaces';
import { makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LoadError, loadApplication, parseSpecifier } from '../src/load-application.js';
import { gatewire, run } from './cli.js';

const APP = "(environ, start) => { start('200 OK', []); return [new TextEncoder().encode('THIS')]; }";

function application(answer: string): string {
  return APP.replace('THIS', answer);
}

const FILES: Readonly<Record<string, string>> = {
  'by-default.mjs': `export default ${application('default')}; export const app = ${application('app')};`,
  'by-name.mjs': `export const app = ${application('app')}; export const other = ${application('other')};`,
  'main.js': `module.exports = ${application('commonjs')};`,
  'object.cjs': `module.exports = { app: ${application('commonjs app')} };`,
  'transpiled.cjs': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${application('transpiled')};`,
  'node_modules/pack/package.json': '{ "name": "pack", "exports": { "./wsgi": "./inside.cjs" } }',
  'node_modules/pack/inside.cjs': `exports.app = ${application('package')};`,
  'nothing.mjs': 'export const number = 1; export function helper() {}',
  'empty.mjs': '',
  'fetch.mjs': 'export default { fetch: () => new Response() };',
  'fetch.cjs': 'module.exports = { fetch: () => new Response() };',
  'three.mjs': 'export const app = (scope, receive, send) => undefined;',
  'throws.mjs': "throw new TypeError('no database');",
  'syntax.mjs': 'export const = 1;',
  'needs.mjs': "import 'not-installed';",
  'data.txt': 'text',
};

let directory: TempDir;

beforeAll(async () => {
  directory = await makeTempDir('gatewire-load');
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(directory.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
});

afterAll(() => directory.remove());

/** What the application that `specifier` names answers. */
async function answerOf(specifier: string): Promise<string> {
  const app = await loadApplication(specifier, directory.path);
  const body = await (app as WSGIApplication)({} as WSGIEnvironment, () => () => Promise.resolve());
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test.each([
  ['by-default.mjs', 'default'],
  ['by-default.mjs:app', 'app'],
  ['./by-name.mjs', 'app'],
  ['by-name.mjs:other', 'other'],
  ['main', 'commonjs'],
  ['object.cjs', 'commonjs app'],
  ['transpiled.cjs', 'transpiled'],
  ['pack/wsgi', 'package'],
])('%s is found', async (specifier, answer) => {
  expect(await answerOf(specifier)).toBe(answer);
});

test.each(['fetch.mjs', 'fetch.mjs:default', 'fetch.cjs'])(
  '%s is found: an object with a fetch method',
  async (name) => {
    expect(await loadApplication(name, directory.path)).toEqual({ fetch: expect.any(Function) as unknown });
  },
);

test.each([
  ['./missing.mjs', /^no file \S+\/missing\.mjs$/],
  ['nothing.mjs', /^nothing\.mjs: no function is exported as default or app; functions it exports: helper$/],
  ['empty.mjs', /^empty\.mjs: no function is exported as default or app; it exports no function$/],
  ['nothing.mjs:app', /^nothing\.mjs: no function is exported as app; functions it exports: helper$/],
  [
    'nothing.mjs:number',
    /^nothing\.mjs: the export number is no function and has no fetch method: it is of type number$/,
  ],
  ['throws.mjs', /^throws\.mjs cannot be imported: TypeError: no database$/],
  ['needs.mjs', /^needs\.mjs cannot be imported: Error: Cannot find package 'not-installed'/],
  [':app', /^":app" is not MODULE or MODULE:EXPORT$/],
  ['empty.mjs:', /^"empty\.mjs:" is not MODULE or MODULE:EXPORT$/],
])('%s is refused', async (specifier, message) => {
  const error: unknown = await loadApplication(specifier, directory.path).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LoadError);
  expect((error as LoadError).message).toMatch(message);
});

describe('the command', () => {
  test('serves a package', async () => {
    const program = await gatewire(['serve', 'gatewire/demo-app', '--http', ':0', '--access-log', 'none'], {
      cwd: directory.path,
      ready: { output: /^listening on http (\S+)\n/ },
    });
    try {
      const address = /^listening on http (\S+)\n/.exec(program.output())?.[1] ?? '';
      expect(await (await fetch(`http://${address}/`)).text()).toMatch(/^Hello from gatewire!/);
    } finally {
      await program.stop();
    }
  });

  test.concurrent.each([
    ['missing.mjs', /^error: no file and no package "missing\.mjs": looked in \/\S+\n$/],
    ['pack/other', /^error: no file and no package "pack\/other": looked in \/\S+\n$/],
    ['syntax.mjs', /^error: syntax\.mjs cannot be imported: /],
    [
      'three.mjs',
      /^error: the application has three parameters, which looks like an ASGI application \(--interface asgi\) or an Express one \(--interface node\): say which interface it has; wsgi is one too\n$/,
    ],
    ['data.txt', /^error: data\.txt cannot be imported: /],
    ['nothing.mjs', /^error: nothing\.mjs: no function is exported as default or app; .*\n$/],
    [
      'throws.mjs',
      /^error: throws\.mjs cannot be imported: TypeError: no database\n {2}TypeError: no database\n {6}at .*throws\.mjs:1:/,
    ],
  ])('%s: one line says why it is not served, exit code 3', async (specifier, message) => {
    const { code, output } = await run(['serve', specifier, '--http', ':0'], { cwd: directory.path });
    expect(output).toMatch(message);
    expect(code).toBe(3);
  });
});

test.each([
  ['app.js', 'app.js', null],
  ['app.js:handler', 'app.js', 'handler'],
  ['./dir/app.js', './dir/app.js', null],
  ['@scope/package/sub:app', '@scope/package/sub', 'app'],
  ['C:\\app.js', 'C:\\app.js', null],
  ['C:\\app.js:app', 'C:\\app.js', 'app'],
  ['C:/app.js', 'C:/app.js', null],
])('%s is module %s, export %s', (text, module, exportName) => {
  expect(parseSpecifier(text)).toEqual({ module, exportName });
});
