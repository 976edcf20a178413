import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

interface Row {
  /** Heading of the table. */
  readonly document: string;
  readonly section: string;
  readonly supported: string;
  readonly how: string;
  readonly tests: string;
  readonly cells: number;
}

const lines = readFileSync(join(ROOT, 'SUPPORT.md'), 'utf8').split('\n');
const rows = lines.flatMap((line, index): Row[] => {
  if (!/^\| (?!section|subject|-)/.test(line)) return [];
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const [, section, supported, how, tests] = cells;
  const document = lines.slice(0, index).findLast((above) => above.startsWith('## ')) ?? '';
  return [{ document: document.slice(3), section, supported, how, tests, cells: cells.length - 2 }];
});

/**
 * Sections of the numbered documents that say something about a wire, a variable or a process, as their tables of contents
 * have them. Left out are introductions, notation, and sections of which each part has its own number.
 */
const CONTENTS = {
  'FastCGI 1.0': '2.1 2.2 2.3 2.4 3.2 3.3 3.4 3.5 4.1 4.2 5.1 5.2 5.3 5.4 5.5 6.1 6.2 6.3 6.4 7 8'.split(' '),
  'RFC 3875, CGI/1.1': [
    ...['3.1', '3.2', '3.3', '3.4'],
    ...Array.from({ length: 18 }, (_, i) => `4.1.${i + 1}`),
    ...'4.2 4.3 4.4 5 6 6.2 6.3 6.3.3 6.3.4 6.3.5 6.4 7.1 7.2 7.3 8 9'.split(' '),
  ],
};

/** The numbers that a row is about: `§4.1.8 to §4.1.10` is about three. */
function numbersOf(section: string): string[] {
  const numbers = [...section.matchAll(/§([\d.]+\d|\d)/g)].map(([, number]) => number);
  if (!section.includes(' to §')) return numbers;
  const [first, last] = numbers.map((number) => Number(number.split('.').at(-1)));
  const parent = numbers[0].replace(/\d+$/, '');
  return Array.from({ length: last - first + 1 }, (_, i) => `${parent}${first + i}`);
}

describe('SUPPORT.md', () => {
  test('has rows', () => {
    expect(rows.length).toBeGreaterThan(100);
  });

  test.each(rows)('$document: $section: $supported, proved by $tests', ({ supported, how, tests, cells }) => {
    expect(cells).toBe(4);
    expect(['yes', 'strict', 'no']).toContain(supported);
    const named = tests.match(/packages\/[\w/.-]+\.test\.ts/g) ?? [];
    // What is there needs a test, and what is not, or is other than written, a reason.
    if (supported !== 'no') expect(named).not.toEqual([]);
    if (supported === 'no') expect(how.length).toBeGreaterThan(15);
    if (supported === 'strict') expect(how).not.toBe('');
    for (const path of named) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(readFileSync(join(ROOT, path), 'utf8'), path).toMatch(/\b(test|it)(\.\w+)*[(<]/);
    }
  });

  test.each(Object.entries(CONTENTS))('%s: there is a row for every section', (document, contents) => {
    const named = rows.filter((row) => row.document === document).flatMap((row) => numbersOf(row.section));
    expect(contents.filter((number) => !named.includes(number))).toEqual([]);
  });

  test('no row stands twice', () => {
    const names = rows.map(({ document, section }) => `${document}: ${section}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
