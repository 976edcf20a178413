import { describe, expect, test } from 'vitest';
import {
  compareSurvivors,
  countMutants,
  formatList,
  parseList,
  survivorsOf,
} from '../../../scripts/mutation/survivors.mjs';
import type { Mutant } from '../../../scripts/mutation/survivors.mjs';

const SOURCE = "const a = 1;\n  if (a || b) return `x`;\nfunction f() {\n  return 'a|b';\n}\n";

/** A mutant of {@link SOURCE}, from line and column to line and column, both counted from 1. */
function mutant(status: string, from: [number, number], to: [number, number], replacement: string): Mutant {
  const [start, end] = [from, to].map(([line, column]) => ({ line, column }));
  return { status, replacement, location: { start, end } };
}

const REPORT = {
  files: {
    'packages/x/src/a.ts': {
      source: SOURCE,
      mutants: [
        mutant('Survived', [3, 14], [5, 2], '{}'),
        mutant('NoCoverage', [2, 7], [2, 13], 'a && b'),
        mutant('Killed', [2, 7], [2, 13], 'true'),
        mutant('Timeout', [2, 7], [2, 13], 'false'),
        mutant('RuntimeError', [2, 22], [2, 25], '``'),
      ],
    },
  },
};

const SURVIVORS = [
  { file: 'src/a.ts', was: 'if (a || b) return `x`;', becomes: 'if (a && b) return `x`;' },
  { file: 'src/a.ts', was: "function f() { return 'a|b'; }", becomes: 'function f() {}' },
];

describe('mutants', () => {
  test('those that end or never end are noticed, those that cannot run count for nothing', () => {
    expect(countMutants(REPORT)).toEqual({ all: 4, detected: 2, timedOut: 1, survived: 2, score: 50 });
    expect(countMutants({ files: {} }).score).toBe(0);
  });

  test('a survivor is the lines that change, in the order of the source', () => {
    expect(survivorsOf(REPORT, 'packages/x')).toEqual(SURVIVORS);
  });

  test('a long piece of code loses its middle', () => {
    const source = `call(${'a'.repeat(60)}${'b'.repeat(60)});`;
    const mutants = [mutant('Survived', [1, 6], [1, 126], '0')];
    expect(survivorsOf({ files: { 'x/a.ts': { source, mutants } } }, 'x')).toEqual([
      { file: 'a.ts', was: `call(${'a'.repeat(50)} … ${'b'.repeat(50)});`, becomes: 'call(0);' },
    ]);
  });

  test('a list says what it was made from, bars and backticks too', () => {
    const rows = SURVIVORS.map((survivor, i) => ({ ...survivor, reason: i === 0 ? '' : 'a | `b` is `c`' }));
    expect(parseList(formatList('x', rows))).toEqual(rows);
    expect(parseList(formatList('x', []))).toEqual([]);
  });

  test('survivors without a row, rows without a survivor, rows of files that were not looked at', () => {
    const [first, second] = SURVIVORS.map((survivor) => ({ ...survivor, reason: 'r' }));
    const other = { ...first, file: 'src/b.ts' };
    expect(compareSurvivors(SURVIVORS, [second, other], ['src/a.ts'])).toEqual({
      fresh: [SURVIVORS[0]],
      gone: [],
      kept: [second, other],
    });
    expect(compareSurvivors([], [first, other], ['src/a.ts'])).toEqual({
      fresh: [],
      gone: [first],
      kept: [other],
    });
  });

  test('the same change twice needs two rows', () => {
    const [first] = SURVIVORS;
    const row = { ...first, reason: 'r' };
    expect(compareSurvivors([first, first], [row], ['src/a.ts']).fresh).toEqual([first]);
    expect(compareSurvivors([first], [row, row], ['src/a.ts']).gone).toEqual([row]);
  });
});
