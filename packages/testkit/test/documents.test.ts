// Runs the examples: every block fenced as ts in the documents and in the documentation comments of the packages.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksIn, blocksOf, brokenPromise, fencesOf, oneLine, promisesOf } from './documents.js';
import type { Block } from './documents.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Where the blocks become programs; git ignores it, and packages resolve from it by name. One per run of the tests. */
const WORK = join(ROOT, '.doc-examples', String(process.pid));
const PACKAGES = ['uwsgi', 'fastcgi', 'interfaces', 'environ', 'server'];
/** Longest time that an example may run. It starts a process, and servers perhaps; it must end by itself. */
const SECONDS = 20;

/** Folders that are not looked into. */
const NO_DOCUMENTS = /(^|\/)(node_modules|dist|\.doc-examples|\.git)$/;

const blocks = documents().flatMap((path) => blocksIn(ROOT, path));

function documents(): string[] {
  return filesBelow('').filter(isDocument).sort();
}

/** Not `recursive: true`: that follows the links between the packages, which go round in circles. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return NO_DOCUMENTS.test(path) ? [] : filesBelow(path);
  });
}

function isDocument(path: string): boolean {
  if (
    /^[^/]+\.md$|^(packages\/[^/]+|fixtures|benchmarks)\/(README|CGI|COMING-FROM-[A-Z]+)\.md$|^docs\/.*\.md$/.test(
      path,
    )
  )
    return true;
  return /^packages\/(?!testkit|bytes)[^/]+\/src\/.*\.ts$/.test(path);
}

function nameOf(block: Block): string {
  return `${block.path}:${block.line}`;
}

/** Name of the file for a block, without ending. */
function fileOf(block: Block): string {
  return nameOf(block).replace(/[^\w-]+/g, '-');
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runNode(args: readonly string[], seconds: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: WORK,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Loaded before an example: every `console.log` becomes one line of JSON, so that its output is known from another's. */
const PRELUDE = `import { formatWithOptions } from 'node:util';
console.log = (...values) => process.stdout.write(JSON.stringify(formatWithOptions({ colors: false }, ...values)) + '\\n');
`;

const TSCONFIG = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    types: ['node'],
    isolatedDeclarations: false,
    declaration: false,
    noUnusedLocals: false,
  },
  include: ['*.ts'],
};

beforeAll(async () => {
  mkdirSync(join(WORK, 'node_modules', '@gatewire'), { recursive: true });
  for (const name of PACKAGES)
    symlinkSync(join(ROOT, 'packages', name), join(WORK, 'node_modules', '@gatewire', name));
  symlinkSync(join(ROOT, 'packages', 'gatewire'), join(WORK, 'node_modules', 'gatewire'));
  writeFileSync(join(WORK, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(WORK, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  writeFileSync(join(WORK, 'prelude.mjs'), PRELUDE);
  for (const block of blocks) writeFileSync(join(WORK, `${fileOf(block)}.ts`), block.code);
  await bundle();
});

/** Makes each example a program that plain Node runs, with the sources of the packages in it: it starts in no time. */
async function bundle(): Promise<void> {
  await build({
    absWorkingDir: WORK,
    entryPoints: blocks.map((block) => `${fileOf(block)}.ts`),
    outdir: WORK,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    conditions: ['@gatewire/source'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

afterAll(() => {
  rmSync(WORK, { recursive: true, force: true });
});

describe('examples in the documents', () => {
  test('there are some', () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  test.each(blocks.filter((block) => block.runs).map((block) => [nameOf(block), block] as const))(
    '%s runs and prints what it says',
    async (name, block) => {
      const args = ['--enable-source-maps', '--import', './prelude.mjs', `${fileOf(block)}.mjs`];
      const { code, stdout, stderr } = await runNode(args, SECONDS);
      expect(code, `${name} failed or did not end within ${SECONDS} s\n${stderr}`).toBe(0);
      const printed = stdout.split('\n').filter((line) => line.startsWith('"'));
      const texts = printed.map((line) => oneLine(JSON.parse(line) as string));
      expect(brokenPromise(promisesOf(block.code), texts), name).toBeNull();
    },
    (SECONDS + 10) * 1000,
  );

  test('have the types they seem to have', async () => {
    const { stdout } = await runNode([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', WORK], 100);
    expect(stdout).toBe('');
  }, 120_000);
});

describe('blocks of code', () => {
  test('are found in Markdown, with their line', () => {
    const text = '# A\n\n```ts\na();\n```\n\n```sh\nb\n```\n\n```ts\nc();\n\nd();\n```\n';
    expect(blocksOf('a.md', text)).toEqual([
      { path: 'a.md', line: 4, code: 'a();\n', runs: true },
      { path: 'a.md', line: 12, code: 'c();\n\nd();\n', runs: true },
    ]);
  });

  test('are found in documentation comments', () => {
    const text =
      '/**\n * A.\n *\n * @example\n * ```ts\n * if (a) {\n *   b();\n * }\n * ```\n */\nconst c = 1;\n';
    expect(blocksOf('a.ts', text)).toEqual([
      { path: 'a.ts', line: 6, code: 'if (a) {\n  b();\n}\n', runs: true },
    ]);
  });

  test('are not run when they say why; without a reason they are sketches', () => {
    const text = '```ts no-run: no end\na();\n```\n```ts no-run\nb();\n```\n';
    expect(blocksOf('a.md', text)).toEqual([{ path: 'a.md', line: 2, code: 'a();\n', runs: false }]);
  });

  test('must end', () => {
    expect(() => blocksOf('a.md', '```ts\na();\n')).toThrow('a.md:1: a block of code without an end');
  });
});

describe('what an example promises', () => {
  test('is the comment behind console.log', () => {
    const code =
      "console.log(1); // 1\nfor (const a of b) {\n  console.log(\n    a,\n  ); // x,  y\n}\nconsole.log('// no');\nf(); // why\n";
    expect(promisesOf(code)).toEqual(['1', 'x, y', null]);
  });

  test.each([
    [['1', 'b'], ['1', 'b'], null],
    [['request, body'], ['request', 'body'], null],
    [["[ 'A', 'b' ]"], ["[ 'A', 'b' ]"], null],
    [[null, 'b'], ['whatever', 'b'], null],
    [['a ... (c) ...'], ['a b, b (c) d'], null],
    [['a ... (c) ...'], ['a b, b c d'], 'promised "a ... (c) ...", printed "a b, b c d"'],
    [['a'], ['b'], 'promised "a", printed "b"'],
    [['a'], [], 'promised "a", printed null'],
    [['a, b'], ['a', 'c'], 'promised "a, b", printed "a"'],
    [['a'], ['a', 'b'], 'printed "b", which no comment promises'],
    [[null, 'a'], ['b', 'c'], 'promised "a", printed null'],
  ])('%j, printed %j', (promises, printed, broken) => {
    expect(brokenPromise(promises, printed)).toBe(broken);
  });
});

describe('docs', () => {
  const pages = documents().filter((path) => path.startsWith('docs/'));
  const tests = filesBelow('packages/gatewire/test').filter((path) => path.endsWith('.test.ts'));

  test('has pages', () => {
    expect(pages.length).toBeGreaterThan(5);
  });

  // TypeScript is run above. What is in another language is run by a test that takes the page apart, or says why not.
  test.each(pages)('%s: every block of code is run, or says why not', (path) => {
    const fences = fencesOf(readFileSync(join(ROOT, path), 'utf8'));
    const unexplained = fences.filter((fence) => !/^(ts|text|mermaid|\w+ no-run: .+)$/.test(fence));
    const ofTest = tests.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(nameInTests(path)));
    if (ofTest.length === 0) expect(unexplained).toEqual([]);
    expect(fences.filter((fence) => /no-run(?!: .)/.test(fence))).toEqual([]);
  });
});

/** How a test names a page. */
function nameInTests(path: string): string {
  return path.startsWith('docs/recipes/') ? `'${path.slice('docs/recipes/'.length, -'.md'.length)}'` : path;
}
