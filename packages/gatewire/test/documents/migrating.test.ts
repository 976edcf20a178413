import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
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

const PAGE = new URL('../../../../docs/migrating.md', import.meta.url);
/** The other packages are installed for the benchmarks. */
const OTHERS = new URL('../../../../benchmarks/package.json', import.meta.url).pathname;

let directory: TempDir;
let blocks: readonly { readonly language: string; readonly code: string }[];

beforeAll(async () => {
  directory = await makeTempDir('gatewire-migrating');
  const page = await readFile(PAGE, 'utf8');
  blocks = [...page.matchAll(/^```(js|ts)\b[^\n]*\n(.*?)^```$/gms)].map(([, language, code]) => ({
    language,
    code,
  }));
});
afterAll(() => directory.remove());

interface Served {
  readonly port: number;
  readonly program: RunningProgram;
}

/** Starts a program of the page, at another port. */
async function start(index: number): Promise<Served> {
  const { language, code } = blocks[index];
  const port = await freePort();
  const file = join(directory.path, `${index}.mjs`);
  const here = code.replace('9000', String(port));
  await build({
    stdin: { contents: here, loader: language === 'ts' ? 'ts' : 'js', resolveDir: import.meta.dirname },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['node-fastcgi', 'fastcgi-stream'],
    conditions: ['@gatewire/source'],
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire('${OTHERS}');`,
    },
    logLevel: 'error',
  });
  const program = await startProgram(process.execPath, ['--no-deprecation', file], { ready: { port } });
  return { port, program };
}

async function answer(port: number): Promise<readonly [number, string]> {
  let nginx: RunningNginx | null = null;
  try {
    nginx = await startNginx({ locations: [passLocation('fastcgi', `127.0.0.1:${port}`)] });
    const asked = { body: Buffer.from('hello'), headers: ['Content-Type', 'text/plain'] };
    const { status, body } = await ask(nginx.port, '/shop?item=7', asked);
    return [status, body.toString()];
  } finally {
    await nginx?.stop();
  }
}

describeWith('nginx', 'docs/migrating.md', () => {
  test('has a program before and one after for each package', () => {
    expect(blocks.map(({ language }) => language)).toEqual(['js', 'ts', 'js', 'ts']);
    expect(createRequire(OTHERS).resolve('node-fastcgi')).toContain('node-fastcgi');
  });

  test.each([
    ['node-fastcgi', 0],
    ['fastcgi-stream', 2],
  ])('%s: both answer alike', async (_, index) => {
    const [before, after] = [await start(index), await start(index + 1)];
    const expected = [200, 'POST /shop?item=7 from example.test: hello\n'];
    expect(await answer(before.port)).toEqual(expected);
    expect(await answer(after.port)).toEqual(expected);
    await before.program.stop();
    await after.program.stop();
  });

  test('an unknown type of record ends the process with fastcgi-stream, as the page says', async () => {
    const { port, program } = await start(2);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(Buffer.from([1, 12, 0, 0, 0, 0, 0, 0]));
    expect((await program.exited).code).toBe(1);
    expect(program.output()).toContain('TypeError');
    socket.destroy();
  });

  test('and is answered with UNKNOWN_TYPE here, and another version with a closed connection', async () => {
    const { port, program } = await start(3);
    expect(await send(port, [1, 12, 0, 0, 0, 0, 0, 0])).toEqual([
      1, 11, 0, 0, 0, 8, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0,
    ]);
    expect(await send(port, [2, 1, 0, 1, 0, 0, 0, 0])).toEqual([]);
    expect((await answer(port))[0]).toBe(200);
    await program.stop();
  });
});

/** What is answered until the other side closes, or 16 bytes are there. */
function send(port: number, bytes: readonly number[]): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const got: number[] = [];
    socket.on('data', (chunk) => {
      got.push(...chunk);
      if (got.length >= 16) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(got);
    });
    socket.write(Buffer.from(bytes));
  });
}
