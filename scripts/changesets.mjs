// Checks the fragments in .changeset: they name published packages and say something to the user.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, report } from './lib/report.mjs';
import { publishedPackages, ROOT } from './lib/workspace.mjs';

/**
 * @param {string} file
 * @param {string} text
 * @param {readonly string[]} published Names of the published packages.
 * @returns {string[]} One line per violation.
 */
export function checkFragment(file, text, published) {
  const parts = /^---\n([^]*?)^---\n([^]*)$/m.exec(text);
  if (parts === null) return [`${file}: does not begin with a block between --- lines`];
  const [, head, summary] = parts;
  const lines = head.split('\n').filter((line) => line.trim() !== '');
  const violations = lines.flatMap((line) => {
    const entry = /^(['"])(.+)\1: (major|minor|patch)$/.exec(line);
    if (entry === null) return [`${file}: ${line} is not 'package': major | minor | patch`];
    return published.includes(entry[2]) ? [] : [`${file}: ${entry[2]} is not a published package`];
  });
  // Without a package a fragment is legal: it says that users will notice nothing.
  if (lines.length > 0 && summary.trim() === '') violations.push(`${file}: says nothing`);
  return violations;
}

if (isMain(import.meta.url)) {
  const published = publishedPackages();
  const names = published.map(({ manifest }) => manifest.name);
  const files = readdirSync(join(ROOT, '.changeset')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  const violations = files.flatMap((name) =>
    checkFragment(name, readFileSync(join(ROOT, '.changeset', name), 'utf8'), names),
  );
  // Once released, the fragments are gone and the changelogs are there.
  const released = published.every(({ folder }) => existsSync(join(ROOT, folder, 'CHANGELOG.md')));
  if (files.length === 0 && !released)
    violations.push('.changeset: no fragment says what changed; run npm run changeset');
  report(violations, `${files.length} fragments`);
}
