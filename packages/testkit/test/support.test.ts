import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const rows = readFileSync(join(ROOT, 'SUPPORT.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!section|subject|-)/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

describe('SUPPORT.md', () => {
  test('has rows', () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  test.each(rows.map(([, section, supported, , tests]) => [section, supported, tests]))(
    '%s: %s, proved by %s',
    (_, supported, tests) => {
      expect(['yes', 'strict', 'no']).toContain(supported);
      const named = tests.match(/packages\/[\w/.-]+\.test\.ts/g) ?? [];
      // What is not there needs a reason, what is there a test.
      if (supported !== 'no') expect(named).not.toEqual([]);
      for (const path of named) expect(existsSync(join(ROOT, path)), path).toBe(true);
    },
  );
});
