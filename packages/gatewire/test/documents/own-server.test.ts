import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  ask,
  describeWith,
  freePort,
  makeTempDir,
  passLocation,
  startNginx,
  startProgram,
} from '@gatewire/testkit';
import type { RunningNginx, RunningProgram, TempDir } from '@gatewire/testkit';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PAGE = new URL('../../../../docs/write-your-own-server.md', import.meta.url);

let directory: TempDir;
let server: RunningProgram;
let nginx: RunningNginx;
let port: number;
let code: string;

async function start(): Promise<void> {
  directory = await makeTempDir('gatewire-own');
  port = await freePort();
  const file = join(directory.path, 'server.mjs');
  await build({
    stdin: { contents: code.replace('3031', String(port)), loader: 'ts', resolveDir: import.meta.dirname },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@gatewire/source'],
    logLevel: 'error',
  });
  server = await startProgram(process.execPath, [file], { ready: { port } });
  const options = 'uwsgi_request_buffering off; client_max_body_size 10m;';
  nginx = await startNginx({ locations: [passLocation('uwsgi', `127.0.0.1:${port}`, options)] });
}

/** Sends bytes to the server itself; resolves with what it answers until it closes. */
function send(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(text);
    });
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

describeWith('nginx', 'the server of docs/write-your-own-server.md', () => {
  beforeAll(async () => {
    const page = await readFile(PAGE, 'utf8');
    code = /^```ts [^\n]*\n(.*?)^```$/ms.exec(page)?.[1] ?? '';
    await start();
  });
  afterAll(async () => {
    await nginx.stop();
    await server.stop();
    await directory.remove();
  });

  test('has less than 40 lines', () => {
    const lines = code.split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThan(40);
  });

  test.each([
    ['GET', 0],
    ['POST', 5],
    ['PUT', 1_048_576],
  ])('answers %s with %i bytes behind nginx', async (method, size) => {
    const body = size === 0 ? {} : { body: Buffer.alloc(size, 'x') };
    const { status, body: text } = await ask(nginx.port, '/a%20b', { method, ...body });
    expect([status, text.toString()]).toEqual([200, `${method} /a b with ${size} bytes\n`]);
  });

  test('survives what is no uwsgi, and what no request can be made of', async () => {
    expect(await send('GET / HTTP/1.1\r\n\r\n')).toBe('');
    const variables = '\x0e\0REQUEST_METHOD\x03\0A B\x0e\0CONTENT_LENGTH\x01\0' + '2';
    const header = `\0${String.fromCharCode(variables.length)}\0\0`;
    expect(await send(`${header}${variables}hi`)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect((await ask(nginx.port, '/after')).status).toBe(200);
  });
});
