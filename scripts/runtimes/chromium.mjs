// Replays the fixtures in headless Chromium: one page, bundled from the tarballs, that this program serves on loopback.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../lib/workspace.mjs';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const SECONDS = 90;
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];

/** What the page does: it gets the fixtures from the server that it came from, and tells it what came out. */
const PAGE = `
import { FcgiApplication, FcgiWebServer } from '@gatewire/fastcgi';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import { UwsgiApplication } from '@gatewire/uwsgi';
import { replay } from './replay.mjs';

const codecs = { FcgiApplication, FcgiWebServer, ResponseHeadDecoder, UwsgiApplication };
const names = await (await fetch('/names')).json();
const failures = [];
for (const name of names) {
  const sidecar = await (await fetch('/sidecar/' + name)).json();
  const bytes = new Uint8Array(await (await fetch('/bytes/' + name)).arrayBuffer());
  failures.push(...(await replay(codecs, { name, bytes, reads: sidecar.reads, sidecar })));
}
const result = { count: names.length, failures, buffer: 'Buffer' in globalThis };
await fetch('/done', { method: 'POST', body: JSON.stringify(result) });
`;

/**
 * @typedef {object} PageResult
 * @property {number} count Fixtures that were replayed.
 * @property {string[]} failures
 * @property {boolean} buffer Whether the page had a `Buffer`, as a polyfill would bring one.
 */

/**
 * Bundles the page. Everything comes from the tarballs, and what is of Node in them is an error.
 * @param {string} modules The `node_modules` that they were unpacked to.
 */
async function bundle(modules) {
  const result = await build({
    stdin: { contents: PAGE, resolveDir: join(ROOT, 'scripts', 'runtimes') },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    nodePaths: [modules],
    logLevel: 'error',
  });
  return result.outputFiles[0].text;
}

/**
 * @param {string} modules
 * @returns {Promise<(path: string) => string | Uint8Array | null>} What the server answers to a path.
 */
async function site(modules) {
  const script = await bundle(modules);
  /** @type {typeof import('../../fixtures/src/index.js')} */
  const { listFixtures, loadFixture } = createRequire(join(modules, 'x.js'))('@gatewire/fixtures');
  const names = [...new Set([...listFixtures(), ...listFixtures({ direction: 'answer' })])];
  return (path) => {
    if (path === '/') return '<!doctype html><script type="module" src="/page.js"></script>';
    if (path === '/page.js') return script;
    if (path === '/names') return JSON.stringify(names);
    const [, what, name] = /^\/(sidecar|bytes)\/(.+)$/.exec(path) ?? [];
    const known = names.find((other) => other === name);
    if (known === undefined) return null;
    const { bytes, sidecar } = loadFixture(known);
    return what === 'bytes' ? bytes : JSON.stringify(sidecar);
  };
}

/**
 * @param {string} modules
 * @returns {Promise<PageResult | null>} `null` when no Chromium is installed.
 */
export async function replayInChromium(modules) {
  const answer = await site(modules);
  /** @type {(result: PageResult) => void} */
  let done = () => undefined;
  const result = new Promise((/** @type {(result: PageResult) => void} */ resolve) => (done = resolve));
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.setEncoding('utf8').on('data', (text) => (body += text));
      request.on('end', () => {
        response.end();
        done(JSON.parse(body));
      });
      return;
    }
    const content = answer(request.url ?? '/');
    const type = request.url?.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(content === null ? 404 : 200, { 'Content-Type': type }).end(content ?? '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const profile = mkdtempSync(join(tmpdir(), 'gatewire-chromium-'));
  try {
    for (const program of PROGRAMS) {
      const outcome = await browse(program, profile, `http://127.0.0.1:${port}/`, result);
      if (outcome !== null) return outcome;
    }
    return null;
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {string} program
 * @param {string} profile
 * @param {string} url
 * @param {Promise<PageResult>} result
 * @returns {Promise<PageResult | null>} `null` when there is no such program.
 */
async function browse(program, profile, url, result) {
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  /** @type {Promise<null>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', (error) =>
      'code' in error && error.code === 'ENOENT' ? resolve(null) : reject(error),
    );
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}\n${stderr}`)));
  });
  ended.catch(() => undefined);
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no result from ${program} in ${SECONDS} s\n${stderr}`)),
      SECONDS * 1000,
    );
  });
  try {
    return /** @type {PageResult | null} */ (await Promise.race([result, ended, late]));
  } finally {
    clearTimeout(timer);
    if (child.exitCode === null && child.pid !== undefined) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
  }
}
