import { describe, expect, test } from 'vitest';
import { checkFragment } from '../../../scripts/changesets.mjs';
import { checkFiles, checkManifests } from '../../../scripts/import-graph.mjs';
import { runSteps, selectSteps } from '../../../scripts/lib/steps.mjs';
import {
  checkLengths,
  compareSizes,
  exportedValues,
  judge,
  sizeTable,
} from '../../../scripts/size-rules.mjs';
import { undeclared } from '../../../scripts/tarballs.mjs';
import { countTests } from '../../../scripts/test-counts.mjs';
import { checkText } from '../../../scripts/words.mjs';

/** What the check of imports says about one file. */
function faults(path: string, text: string): string[] {
  return checkFiles(new Map([[path, text]])).map((line) => line.replace(`${path}:`, ''));
}

describe('the import graph', () => {
  test.each([
    ['packages/uwsgi/src/a.ts', "import { latin1 } from '@gatewire/bytes';\nimport { b } from './b.js';"],
    ['packages/environ/src/a.ts', "import type { WSGIEnvironment } from '@gatewire/interfaces';"],
    ['packages/environ/src/a.ts', "export type { WSGIHeader } from '@gatewire/interfaces';"],
    [
      'packages/server/src/a.ts',
      "import net from 'node:net';\nimport { decodeVars } from '@gatewire/uwsgi';",
    ],
    ['packages/gatewire/src/a.ts', "import { Command } from 'commander';"],
    [
      'packages/uwsgi/test/a.test.ts',
      "import { decodeVars } from '@gatewire/uwsgi';\nimport '../src/vars.js';",
    ],
    ['packages/bytes/src/latin1.ts', 'const platform = globalThis as { Buffer?: object };'],
    ['packages/uwsgi/src/a.ts', "// Buffer, and import 'node:fs', in a comment\nconst text = 'Buffer';"],
  ])('%s may contain: %s', (path, text) => {
    expect(faults(path, text)).toEqual([]);
  });

  test.each([
    [
      'packages/uwsgi/src/a.ts',
      "import fs from 'node:fs';",
      '1: imports node:fs: this code runs without Node',
    ],
    [
      'packages/uwsgi/src/a.ts',
      "\nawait import('node:fs');",
      '2: imports node:fs: this code runs without Node',
    ],
    ['packages/fastcgi/src/cgi/a.ts', 'const a = Buffer.alloc(1);', '1: names Buffer'],
    ['packages/uwsgi/src/a.ts', 'const a = globalThis.Buffer;', '1: names Buffer'],
    ['packages/bytes/src/grow.ts', 'const a = Buffer.alloc(1);', '1: names Buffer'],
    ['packages/uwsgi/src/a.ts', "import 'lodash';", '1: imports lodash, a third-party package'],
    ['packages/server/src/a.ts', "import 'commander';", '1: imports commander, a third-party package'],
    [
      'packages/fastcgi/src/a.ts',
      "import { decodeVars } from '@gatewire/uwsgi';",
      '1: imports @gatewire/uwsgi, which packages/fastcgi/src may not',
    ],
    [
      'packages/environ/src/a.ts',
      "import { app } from '@gatewire/interfaces';",
      '1: imports @gatewire/interfaces for more than types',
    ],
    [
      'packages/server/src/a.ts',
      "export { x } from '@gatewire/uwsgi/src/vars.js';",
      '1: imports @gatewire/uwsgi/src/vars.js: only public entry points',
    ],
    [
      'benchmarks/a.ts',
      "import { x } from '../packages/uwsgi/src/vars.js';",
      '1: imports ../packages/uwsgi/src/vars.js, a file of another package',
    ],
    [
      'benchmarks/a.ts',
      "let a: import('@gatewire/bytes').B;",
      '1: imports @gatewire/bytes, which benchmarks may not',
    ],
    [
      'packages/uwsgi/src/a.ts',
      "import { x } from '@gatewire/uwsgi';",
      '1: imports @gatewire/uwsgi, which packages/uwsgi/src may not',
    ],
    ['packages/new/src/a.ts', '', ' lies in no folder that scripts/import-graph.mjs knows'],
  ])('%s must not contain: %s', (path, text, fault) => {
    expect(faults(path, text)).toEqual([fault]);
  });

  test('a cycle is found once; one of types alone is none', () => {
    const file = (name: string): string => `packages/uwsgi/src/${name}.ts`;
    const files = new Map([
      [file('a'), "import { b } from './b.js';"],
      [file('b'), "export { c } from './c.js';"],
      [file('c'), "import { a } from './a.js';"],
      [file('d'), "import type { E } from './e.js';"],
      [file('e'), "import { d } from './d.js';"],
    ]);
    expect(checkFiles(files)).toEqual([
      `${file('a')}: imports itself through ${file('b')} -> ${file('c')} -> ${file('a')}`,
    ]);
  });

  test('a published package declares what it imports, and only what it may', () => {
    const dependencies = { '@gatewire/interfaces': '^0.0.0', lodash: '4.0.0' };
    const manifest = { name: '@gatewire/environ', version: '0.0.0', exports: {}, dependencies };
    const text = "import type { A } from '@gatewire/interfaces';\nimport type { B } from '@gatewire/uwsgi';";
    const files = new Map([['packages/environ/src/a.ts', text]]);
    expect(checkManifests([{ folder: 'packages/environ', manifest }], files)).toEqual([
      'packages/environ/package.json: depends on lodash, a third-party package',
      'packages/environ/package.json: does not declare @gatewire/uwsgi, which its sources import',
    ]);
  });
});

describe('the size rules', () => {
  const lines = (count: number): string => '  f();\n'.repeat(count);
  const path = 'packages/uwsgi/src/a.ts';

  test('a file may have 350 lines', () => {
    expect(checkLengths(path, 'f();\n'.repeat(350))).toEqual([]);
    expect(checkLengths(path, 'f();\n'.repeat(351))).toEqual([`${path}: 351 lines, at most 350`]);
  });

  test('a function may have 40 lines of code', () => {
    const body = (count: number): string =>
      `\nfunction a() {\n  // why\n\n  /**\n   * more\n   */\n${lines(count)}}\n`;
    expect(checkLengths(path, body(38))).toEqual([]);
    expect(checkLengths(path, body(39))).toEqual([`${path}:2: a function of 41 lines, at most 40`]);
  });

  test('a switch makes it 80, one in an inner function does not', () => {
    const loop = (count: number): string =>
      `class A {\n  next() {\n  for (;;) switch (a) {\n  case 1:\n${lines(count)}  }\n  }\n}\n`;
    expect(checkLengths(path, loop(75))).toEqual([]);
    expect(checkLengths(path, loop(76))).toEqual([`${path}:2: a function of 81 lines, at most 80`]);
    const inner = `const a = () => {\n  const b = () => { switch (c) {} };\n${lines(39)}};\n`;
    expect(checkLengths(path, inner)).toEqual([`${path}:1: a function of 42 lines, at most 40`]);
  });

  test('exported values are counted, types are not, export * is refused', () => {
    const text = [
      "export { a, b as c, type D } from './x.js';",
      "export type { E } from './x.js';",
      'export const f = 1, g = 2;',
      'export function h() {}',
      'export class I {}',
      'export interface J {}',
      "export * from './y.js';",
    ].join('\n');
    expect(exportedValues(path, text)).toEqual({
      values: ['a', 'c', 'f', 'g', 'h', 'I'],
      violations: [`${path}: export * hides what is exported`],
    });
  });

  test('a number at its limit passes and one past it fails', () => {
    const rows = [
      { what: 'one', size: 25, most: 25 },
      { what: 'another', size: 2501, most: 2500 },
    ];
    expect(judge(rows)).toEqual({
      table: 'one          25  of 25\nanother    2501  of 2500',
      violations: ['another: 2501, at most 2500'],
    });
  });
});

describe('the committed sizes', () => {
  const bytes = { what: 'all of it, bytes minified + gzip', size: 5000, most: 6000 };
  const names = { what: 'values exported', size: 5, most: 8 };
  const committed = sizeTable([bytes, names]);

  test('are what was written', () => {
    expect(compareSizes(committed, [bytes, names])).toEqual([]);
  });

  test('of bytes may be off by a hundredth, of names not at all', () => {
    expect(compareSizes(committed, [{ ...bytes, size: 5050 }])).toEqual([]);
    expect(compareSizes(committed, [{ ...bytes, size: 5051 }])).toHaveLength(1);
    expect(compareSizes(committed, [{ ...names, size: 6 }])).toHaveLength(1);
  });

  test('name every row with its limit', () => {
    expect(compareSizes(committed, [{ ...bytes, most: 7000 }])).toHaveLength(1);
    expect(compareSizes(committed, [{ ...names, what: 'another' }])).toHaveLength(1);
    expect(compareSizes('', [names])).toHaveLength(1);
  });
});

describe('what a tarball asks for', () => {
  const manifest = { name: '@gatewire/a', dependencies: { ws: '8.0.0' } };
  const asks = (path: string, text: string): string[] =>
    undeclared(
      manifest,
      new Map([
        [path, text],
        ['dist/there.js', ''],
        ['dist/there.d.ts', ''],
      ]),
    );

  test.each([
    ['dist/a.js', "import './there.js'; import 'node:fs'; import ws from 'ws'; import '@gatewire/a/b';"],
    ['dist/a.cjs', "const path = require('path'); require('./there.js');"],
    ['dist/a.d.ts', "export * from './there.js';"],
    ['README.md', "import 'anything';"],
  ])('%s: %s is all there', (path, text) => {
    expect(asks(path, text)).toEqual([]);
  });

  test.each([
    ['dist/a.js', "import 'vitest';", 'dist/a.js asks for vitest, which is not declared'],
    ['dist/a.cjs', 'require("vitest/node")', 'dist/a.cjs asks for vitest/node, which is not declared'],
    ['dist/a.js', "await import('./gone.js')", 'dist/a.js asks for ./gone.js, which is not packed'],
    ['dist/a.d.ts', "type A = import('wsx').A;", 'dist/a.d.ts asks for wsx, which is not declared'],
  ])('%s: %s is not', (path, text, fault) => {
    expect(asks(path, text)).toEqual([fault]);
  });
});

describe('a changeset fragment', () => {
  const names = ['gatewire', '@gatewire/uwsgi'];

  test.each([
    ["---\n'@gatewire/uwsgi': minor\n'gatewire': patch\n---\n\nSays it.\n", []],
    ['---\n---\n', []],
    [
      "---\n'@gatewire/uwsgj': minor\n---\n\nSays it.\n",
      ['a.md: @gatewire/uwsgj is not a published package'],
    ],
    [
      "---\n'gatewire': big\n---\n\nSays it.\n",
      ["a.md: 'gatewire': big is not 'package': major | minor | patch"],
    ],
    ["---\n'gatewire': patch\n---\n\n", ['a.md: says nothing']],
    ['Says it.\n', ['a.md: does not begin with a block between --- lines']],
  ])('%j', (text, violations) => {
    expect(checkFragment('a.md', text, names)).toEqual(violations);
  });
});

describe('traces of a machine', () => {
  test.each([
    ['cd /home/somebody/project', ["a.md:1: a path in somebody's home folder"]],
    ['ok\n"/root/x"', ['a.md:2: a path on one machine']],
    ['see file:///x', ['a.md:1: a URL of a file on one machine']],
    ['https://example.org/home/page and /usr/share/nginx/html and unix:/tmp/app.sock', []],
  ])('%j', (text, violations) => {
    expect(checkText('a.md', text)).toEqual(violations);
  });
});

describe('the steps of npm run check', () => {
  const steps = [
    { name: 'build', command: ['build'] },
    { name: 'lint', command: ['lint'] },
    { name: 'pack', command: ['pack'], after: ['build'] },
    { name: 'consumer', command: ['consumer'], after: ['pack'] },
  ];

  test('a step brings what it needs', () => {
    expect(selectSteps(steps, ['consumer']).map(({ name }) => name)).toEqual(['build', 'pack', 'consumer']);
    expect(selectSteps(steps, ['lint']).map(({ name }) => name)).toEqual(['lint']);
    expect(() => selectSteps(steps, ['nothing'])).toThrow(RangeError);
  });

  test('a failure stops what needs the step and nothing else', async () => {
    const ran: string[] = [];
    const run = ([name]: readonly string[]): Promise<{ ok: boolean; output: string }> => {
      ran.push(name);
      return Promise.resolve({ ok: name !== 'build', output: `${name}!` });
    };
    const results = await runSteps(steps, 2, run, () => undefined);
    expect(ran).toEqual(['build', 'lint']);
    expect(results.map(({ name, ok, output }) => [name, ok, output])).toEqual([
      ['build', false, 'build!'],
      ['lint', true, 'lint!'],
      ['pack', false, 'not run: build failed\n'],
      ['consumer', false, 'not run: pack failed\n'],
    ]);
  });

  test('no more than two run at once', async () => {
    let now = 0;
    let most = 0;
    const run = async (): Promise<{ ok: boolean; output: string }> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return { ok: true, output: '' };
    };
    const six = Array.from({ length: 6 }, (_, i) => ({ name: String(i), command: [] }));
    const results = await runSteps(six, 2, run, () => undefined);
    expect([results.length, most]).toEqual([6, 2]);
  });
});

describe('the count of the tests', () => {
  const report = {
    success: true,
    numPassedTests: 12,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  };

  test.each([
    [{}, '12 passed, 0 failed, 0 skipped', true],
    [{ success: false, numFailedTests: 2 }, '12 passed, 2 failed, 0 skipped', false],
    [{ numPendingTests: 1, numTodoTests: 2 }, '12 passed, 0 failed, 3 skipped', false],
    [{ success: false }, '12 passed, 0 failed, 0 skipped', false],
    [{ numPassedTests: 0 }, '0 passed, 0 failed, 0 skipped', false],
  ])('with %j', (changes, line, ok) => {
    expect(countTests({ ...report, ...changes })).toEqual({ line, ok });
  });
});
