// Third-party packages that users of the published ones install with them, and theirs: their licences, in a committed table,
// and what the registry's audit says about them.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compareWithFile, isMain, report } from './lib/report.mjs';
import { run } from './lib/run.mjs';
import { isOurs } from './lib/tarballs.mjs';
import { publishedPackages, ROOT } from './lib/workspace.mjs';

/** Licences that ask for nothing but their text. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
const AUDIT_SECONDS = 60;

/**
 * @typedef {object} ThirdParty
 * @property {string} name
 * @property {string} version
 * @property {string} license
 * @property {string} neededBy
 */

/**
 * The packages that a package needs at run time, and theirs.
 * @param {string} folder Where the package lies.
 * @param {string} neededBy
 * @param {Map<string, ThirdParty>} found
 */
function collect(folder, neededBy, found) {
  /** @type {import('./lib/workspace.mjs').Manifest} */
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies).filter((name) => !isOurs(name))) {
    const at = installedAt(folder, name);
    const { version, license = 'none given' } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    const known = found.get(`${name}@${version}`);
    if (known !== undefined) continue;
    found.set(`${name}@${version}`, { name, version, license: String(license), neededBy });
    collect(at, name, found);
  }
}

/**
 * @param {string} folder
 * @param {string} name
 * @returns {string}
 */
function installedAt(folder, name) {
  for (let at = folder; ; at = dirname(at)) {
    try {
      return realpathSync(join(at, 'node_modules', name));
    } catch (error) {
      if (dirname(at) === at) throw error;
    }
  }
}

/** @param {readonly ThirdParty[]} tree */
function table(tree) {
  const rows = [
    ['package', 'version', 'licence', 'needed by'],
    ...tree.map(({ name, version, license, neededBy }) => [
      `\`${name}\``,
      version,
      license,
      `\`${neededBy}\``,
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  /** @param {readonly string[]} row */
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

/** @param {readonly ThirdParty[]} tree */
function licences(tree) {
  return `# Third-party packages

What is installed with the published packages, and its licence. The codecs, the environ and the interfaces need nothing.
Written by \`npm run check -- --update\`, compared by \`npm run check\`. gatewire itself is under the MIT licence.

${table(tree)}
`;
}

/**
 * Asks the registry about known faults of these versions.
 * @param {readonly ThirdParty[]} tree
 * @returns {Promise<string[]>} One line per fault.
 */
async function audit(tree) {
  const folder = mkdtempSync(join(tmpdir(), 'gatewire-audit-'));
  try {
    const dependencies = Object.fromEntries(tree.map(({ name, version }) => [name, version]));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    const lock = ['npm', 'install', '--package-lock-only', '--ignore-scripts', '--loglevel=error'];
    const locked = await run(lock, { cwd: folder, seconds: AUDIT_SECONDS });
    const { ok, output } = locked.ok
      ? await run(['npm', 'audit', '--omit=dev', '--loglevel=error'], {
          cwd: folder,
          seconds: AUDIT_SECONDS,
        })
      : locked;
    if (ok) return [];
    if (/^found |severity vulnerabilit|^Severity:/m.test(output)) return [output];
    console.log(
      'note: npm audit was not possible, the registry does not answer it; the licences were checked',
    );
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url)) {
  /** @type {Map<string, ThirdParty>} */
  const found = new Map();
  for (const { folder, manifest } of publishedPackages()) collect(join(ROOT, folder), manifest.name, found);
  const tree = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const refused = tree.filter(({ license }) => !ALLOWED.includes(license));
  report(
    [
      ...refused.map(
        ({ name, license }) => `${name}: its licence, ${license}, is none of ${ALLOWED.join(', ')}`,
      ),
      ...compareWithFile('THIRD-PARTY.md', licences(tree), process.argv.includes('--update')),
      ...(await audit(tree)),
    ],
    `${tree.length} third-party packages at run time`,
  );
}
