import { readFileSync } from 'node:fs';
import { LINT_RULES } from '@gatewire/interfaces/lint';
import { describe, expect, test } from 'vitest';

const lines = readFileSync(new URL('../../LINT.md', import.meta.url), 'utf8').split('\n');
const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('LINT.md', () => {
  test('has a row for each rule that is checked, in order, and no other', () => {
    const rows = lines.map(cells).filter((row) => row.length === 5 && /^[A-Z][0-9]+$/.test(row[0]));
    expect(rows).toEqual(
      LINT_RULES.map(({ id, side, severity, text, section }) => [id, side, severity, text, section]),
    );
  });

  test('accounts for every duty of PEP 3333: a rule, or why there is none', () => {
    const unseen = lines
      .map(cells)
      .filter((row) => row.length === 2)
      .map(([duty]) => duty.split(':')[0]);
    const numbers = unseen.flatMap((names) => names.match(/\b[AS][0-9]+/g) ?? []);
    const known = new Set<string>([...LINT_RULES.map(({ id }) => id), ...numbers]);
    const duties = ['A', 'S'].flatMap((side) => Array.from({ length: 19 }, (_, i) => `${side}${i + 1}`));
    expect(duties.filter((duty) => !known.has(duty))).toEqual([]);
  });

  test('no number is given twice', () => {
    const ids = LINT_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
