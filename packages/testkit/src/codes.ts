import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The members of the union of codes in an `errors.ts`, sorted. Paths count from the root of the repository. */
export function errorCodes(source: string): string[] {
  const text = readFileSync(join(ROOT, source), 'utf8');
  const union = /export type \w+ErrorCode =([^;]*);/.exec(text)?.[1] ?? '';
  return unique(union.match(/[A-Z][A-Z_]+/g) ?? []);
}

/** The codes that begin a row of a table in a document, sorted. */
export function tableCodes(document: string, prefix: string): string[] {
  const rows = readFileSync(join(ROOT, document), 'utf8').match(/^\| *`[A-Z_]+`/gm) ?? [];
  return unique(rows.map((row) => row.replace(/[^A-Z_]/g, '')).filter((code) => code.startsWith(prefix)));
}

/** The codes that the tests of a folder name in what they expect, sorted. */
export function provokedCodes(folder: string, prefix: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const tests = files.filter((file) => file.endsWith('.test.ts') && !file.endsWith('codes.test.ts'));
  const text = tests.map((file) => readFileSync(join(ROOT, folder, file), 'utf8')).join('\n');
  // Beside an offset, a variable or a status: as the name of a test alone a code counts for nothing.
  const expected = text.match(new RegExp(`\\b${prefix}[A-Z_]+(?=( at | [A-Z_]+ [0-9]{3}|'))`, 'g')) ?? [];
  return unique(expected);
}

function unique(codes: readonly string[]): string[] {
  return [...new Set(codes)].sort();
}
