import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Below the packages, so that they are found by name; git ignores it. */
const WORK = join(ROOT, 'fixtures', '.doc-examples', String(process.pid));
const FILES = ['my-decoder.ts', 'my-test.ts', 'my-fuzz.ts'];

let command: string;

beforeAll(async () => {
  const page = await readFile(join(ROOT, 'docs/test-your-own-decoder.md'), 'utf8');
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, , code]) => code);
  await mkdir(WORK, { recursive: true });
  for (const [index, file] of FILES.entries()) await writeFile(join(WORK, file), blocks[index]);
  command = blocks[FILES.length];
});
afterAll(() => rm(WORK, { recursive: true, force: true }));

function node(args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: WORK,
    encoding: 'utf8',
    timeout: 90_000,
  });
  return { status, output: stdout + stderr };
}

const TSCONFIG = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: { types: ['node'], isolatedDeclarations: false, declaration: false, noEmit: true },
  include: ['*.ts'],
};

describe('docs/test-your-own-decoder.md', () => {
  test('its decoder passes its test', () => {
    const { status, output } = node(['--conditions=@gatewire/source', '--import', TSX, 'my-test.ts']);
    expect([status, output]).toEqual([0, 'true recordings\n']);
  });

  test('its blocks have the types they seem to have', async () => {
    await writeFile(join(WORK, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    expect(node([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', WORK])).toEqual({
      status: 0,
      output: '',
    });
  }, 100_000);

  test('the fuzzer takes its target, and finds nothing', () => {
    const [npm, run, fuzz, dashes, ...flags] = command.trim().split(' ');
    expect([npm, run, fuzz, dashes]).toEqual(['npm', 'run', 'fuzz', '--']);
    const program = join(ROOT, 'fixtures/fuzz/fuzz.ts');
    const { status, output } = node(['--conditions=@gatewire/source', '--import', TSX, program, ...flags]);
    expect(status, output).toBe(0);
    expect(output).toContain('my-fuzz');
  }, 120_000);

  test('and finds what is wrong with one that does not look where the packet ends', async () => {
    const decoder = join(WORK, 'my-decoder.ts');
    const text = await readFile(decoder, 'utf8');
    await writeFile(
      decoder,
      text.replace("if (next > end) throw new ParseError('a text passes the end');", ''),
    );
    const program = join(ROOT, 'fixtures/fuzz/fuzz.ts');
    const flags = [
      '--module',
      './my-fuzz.ts',
      '--findings',
      './findings',
      '--executions',
      '40000',
      '--seed',
      '1',
    ];
    const { status, output } = node(['--conditions=@gatewire/source', '--import', TSX, program, ...flags]);
    expect(status, output).toBe(1);
    expect(output).toMatch(/the texts have \d+ bytes|out of range/);
  }, 120_000);
});
