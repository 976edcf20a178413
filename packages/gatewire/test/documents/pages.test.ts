import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const DOCS = join(ROOT, 'docs');

const pages = [DOCS, join(DOCS, 'recipes')].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('docs', () => {
  test.each(pages.map((page) => [page.slice(DOCS.length + 1), page]))(
    '%s: its links lead somewhere',
    (_, page) => {
      const text = readFileSync(page, 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link);
      expect(links.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
    },
  );

  test('README.md has every page', () => {
    const index = readFileSync(join(DOCS, 'README.md'), 'utf8');
    const others = pages.map((page) => page.slice(DOCS.length + 1)).filter((page) => page !== 'README.md');
    expect(others.filter((page) => !index.includes(`(${page})`))).toEqual([]);
  });
});

/** Where each package documents its options. */
const OPTIONS: Readonly<Record<string, string>> = {
  '`@gatewire/server`': 'packages/server/README.md',
  '`@gatewire/uwsgi`': 'packages/uwsgi/README.md',
  '`@gatewire/fastcgi`': 'packages/fastcgi/README.md',
  '`@gatewire/fastcgi/cgi`': 'packages/fastcgi/CGI.md',
};

describe('docs/security.md', () => {
  const rows = readFileSync(join(DOCS, 'security.md'), 'utf8').split('\n').map(cells);
  const limits = rows.filter((row) => row.length === 4 && /^`\w+`$/.test(row[1]));

  test('has limits', () => {
    expect(limits.length).toBeGreaterThan(12);
  });

  test.each(limits)('%s: %s is %s, as %s says', (_, option, value, name) => {
    const table = readFileSync(join(ROOT, OPTIONS[name]), 'utf8').split('\n').map(cells);
    expect(table.filter((row) => row[0] === option).map((row) => row[1])).toContain(value);
  });
});
