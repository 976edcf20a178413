import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { bundledCommand } from '../bundled.js';

/** What the applications below answer with, as JSON. */
export interface Told {
  readonly method: string;
  readonly mount: string;
  readonly path: string;
  readonly query: string;
  readonly cookie: string;
  readonly header: string;
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
}

const HELPERS = `
import { createHash } from 'node:crypto';
const text = (value) => new TextEncoder().encode(value);
const sum = (bytes) => ({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
const plain = [['Content-Type', 'text/plain']];
`;

/** Applications of three kinds that answer alike: paths choose what goes wrong, all else is told. */
export const APPLICATIONS = {
  'wsgi.mjs': `${HELPERS}
async function* echo(input, start) {
  start('200 OK', plain);
  for await (const chunk of input) yield chunk;
}
async function* deaf(input, start) {
  await input.read(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  start('200 OK', plain);
  for (let i = 0; i < 65; i++) yield new Uint8Array(65536);
}
export const app = async (environ, start) => {
  const path = environ.PATH_INFO;
  console.log('console.log of the application');
  if (path === '/fail') throw new Error('secret of wsgi');
  if (path === '/echo') return echo(environ['wsgi.input'], start);
  if (path === '/deaf') return deaf(environ['wsgi.input'], start);
  if (path === '/wait') return new Promise(() => {
    const signal = environ['gatewire.client'].signal;
    signal.addEventListener('abort', () => console.log('told: ' + signal.reason.message));
    setInterval(() => undefined, 1000);
    console.log('waiting');
  });
  if (path === '/ignore') { start('200 OK', plain); return [text('x'.repeat(1048576))]; }
  if (path === '/move') { start('302 Found', [['Location', '/shop/there']]); return []; }
  if (path === '/once') { start('200 OK', plain); return [text([environ['wsgi.run_once'], environ['wsgi.multiprocess']].join())]; }
  if (path === '/half') return (async function* () {
    start('200 OK', [['Content-Length', '10']]); yield text('12345'); throw new Error('later');
  })();
  const body = await environ['wsgi.input'].read();
  start('201 Created', [['Content-Type', 'application/json'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]);
  return [text(JSON.stringify({
    method: environ.REQUEST_METHOD, mount: environ.SCRIPT_NAME, path, query: environ.QUERY_STRING,
    cookie: environ.HTTP_COOKIE ?? '', header: environ.HTTP_X_TEST ?? '', type: environ.CONTENT_TYPE ?? '', ...sum(body),
  }))];
};
`,
  'asgi.mjs': `${HELPERS}
export const app = async (scope, receive, send) => {
  if (scope.type === 'lifespan') throw new Error('none');
  const path = scope.path.slice(scope.root_path.length);
  if (path === '/fail') throw new Error('secret of asgi');
  const chunks = [];
  for (let more = true; more; ) {
    const event = await receive();
    chunks.push(event.body ?? new Uint8Array());
    more = event.more_body === true;
  }
  const values = (name) => scope.headers.filter(([key]) => Buffer.from(key).toString() === name).map(([, value]) => Buffer.from(value).toString());
  const headers = [['content-type', 'application/json'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']];
  await send({ type: 'http.response.start', status: 201, headers: headers.map((pair) => pair.map(text)) });
  await send({ type: 'http.response.body', body: text(JSON.stringify({
    method: scope.method, mount: scope.root_path, path, query: Buffer.from(scope.query_string).toString(),
    cookie: values('cookie').join('; '), header: values('x-test').join(), type: values('content-type').join(), ...sum(Buffer.concat(chunks)),
  })) });
};
`,
  'fetch.mjs': `${HELPERS}
export default { fetch: async (request, { scope }) => {
  const path = scope.path.slice(scope.root_path.length);
  if (path === '/fail') throw new Error('secret of fetch');
  const { headers } = request;
  const body = JSON.stringify({
    method: request.method, mount: scope.root_path, path, query: new URL(request.url).search.slice(1),
    cookie: headers.get('cookie') ?? '', header: headers.get('x-test') ?? '', type: headers.get('content-type') ?? '',
    ...sum(new Uint8Array(await request.arrayBuffer())),
  });
  return new Response(body, { status: 201, headers: [['content-type', 'application/json'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']] });
} };
`,
} as const;

/** Writes the applications and, where `npm install` would have put it, the command. */
export async function makeSite(): Promise<TempDir> {
  const site = await makeTempDir('gatewire-cgi');
  await installCommand(site.path);
  for (const [name, code] of Object.entries(APPLICATIONS)) await writeFile(join(site.path, name), code);
  return site;
}

/** `node_modules/.bin/gatewire` in a folder; with Node, wherever that is. */
export async function installCommand(folder: string): Promise<void> {
  const [node, file] = await bundledCommand();
  await writeScript(join(folder, 'node_modules/.bin/gatewire'), `#!/bin/sh\nexec ${node} ${file} "$@"\n`);
}

/** Writes a script that may be executed. */
export async function writeScript(path: string, code: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
  await chmod(path, 0o755);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
