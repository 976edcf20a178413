// A release without publishing it: versions and changelogs from the fragments, in a copy, and the tarballs that come of it.
// Needs `npm run build`.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isMain, report } from './lib/report.mjs';
import { mustRun } from './lib/run.mjs';
import { isOurs } from './lib/tarballs.mjs';
import { publishedPackages, ROOT, workspacePackages } from './lib/workspace.mjs';

/** What `changeset version` reads and writes: manifests, changelogs, fragments, and nothing else. */
const TOP = ['package.json', 'pnpm-workspace.yaml', '.npmrc', '.changeset', 'LICENSE'];
const IN_PACKAGES = ['package.json', 'CHANGELOG.md', 'README.md', 'dist'];

/**
 * Copies the workspace as an install leaves it, its packages linked to each other.
 * @param {string} to
 */
function copyWorkspace(to) {
  const paths = [
    ...TOP,
    ...workspacePackages().flatMap(({ folder }) => IN_PACKAGES.map((name) => `${folder}/${name}`)),
  ];
  for (const path of paths.filter((path) => existsSync(join(ROOT, path))))
    cpSync(join(ROOT, path), join(to, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
  const folders = new Map(
    workspacePackages().map(({ folder, manifest }) => [manifest.name, join(to, folder)]),
  );
  for (const { folder, manifest } of workspacePackages()) {
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const target = folders.get(name) ?? realpathSync(join(ROOT, folder, 'node_modules', name));
      const at = join(to, folder, 'node_modules', name);
      mkdirSync(dirname(at), { recursive: true });
      symlinkSync(target, at);
    }
  }
}

/**
 * What the fragments say, by package.
 * @param {string} folder `.changeset`
 */
function fragmentsIn(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return files.map((name) => {
    const [, head, summary] = readFileSync(join(folder, name), 'utf8').split(/^---$/m);
    const packages = [...head.matchAll(/^['"](.+)['"]:/gm)].map(([, found]) => found);
    return { name, packages, summary: summary.trim() };
  });
}

/**
 * Whether a version comes after another, both of three numbers.
 * @param {string} version
 * @param {string} before
 */
function isNewer(version, before) {
  const [a, b] = [version, before].map((text) => text.split('.').map(Number));
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && a[at] > b[at];
}

/**
 * @param {string} copy
 * @param {ReturnType<typeof fragmentsIn>} fragments
 * @returns {{ lines: string[], violations: string[] }}
 */
function checkVersions(copy, fragments) {
  /** @type {string[]} */
  const violations = [];
  const lines = publishedPackages().map(({ folder, manifest }) => {
    const { version } = JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8'));
    const own = fragments.filter(({ packages }) => packages.includes(manifest.name));
    if (own.length > 0 && !isNewer(version, manifest.version))
      violations.push(`${manifest.name}: ${version} does not come after ${manifest.version}`);
    const file = join(copy, folder, 'CHANGELOG.md');
    const changelog = existsSync(file) ? readFileSync(file, 'utf8').replace(/\s+/g, ' ') : '';
    if (own.length > 0 && !changelog.includes(`## ${version}`))
      violations.push(`${folder}/CHANGELOG.md: nothing about ${version}`);
    violations.push(
      ...own
        .filter(({ summary }) => !changelog.includes(summary.replace(/\s+/g, ' ')))
        .map(({ name }) => `${folder}/CHANGELOG.md: does not say what .changeset/${name} says`),
    );
    return `${manifest.name} ${manifest.version} -> ${version}`;
  });
  return { lines, violations };
}

/**
 * Packs the copy, and looks whether the packages ask for each other's new versions.
 * @param {string} copy
 * @returns {Promise<string[]>}
 */
async function checkTarballs(copy) {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const pnpm = ['npx', '--yes', packageManager.split('+')[0]];
  const packages = publishedPackages();
  /** @type {Map<string, { version: string, dependencies: Record<string, string> }>} */
  const packed = new Map();
  for (const { folder, manifest } of packages) {
    const destination = join(copy, 'packed', manifest.name);
    await mustRun([...pnpm, 'pack', '--pack-destination', destination], { cwd: join(copy, folder) });
    const [file] = readdirSync(destination);
    const text = await mustRun(['tar', '-xzOf', join(destination, file), 'package/package.json']);
    const { version, dependencies = {} } = JSON.parse(text);
    packed.set(manifest.name, { version, dependencies });
  }
  return [...packed].flatMap(([name, { dependencies }]) =>
    Object.entries(dependencies)
      .filter(([other]) => isOurs(other))
      .filter(([other, range]) => range !== `^${packed.get(other)?.version}`)
      .map(([other, range]) => `${name}: asks for ${other} ${range}, which is ${packed.get(other)?.version}`),
  );
}

if (isMain(import.meta.url)) {
  const copy = mkdtempSync(join(tmpdir(), 'gatewire-release-'));
  try {
    copyWorkspace(copy);
    const fragments = fragmentsIn(join(copy, '.changeset'));
    const changeset = join(ROOT, 'node_modules', '@changesets', 'cli', 'bin.js');
    await mustRun([process.execPath, changeset, 'version'], { cwd: copy, seconds: 60 });
    const left = fragmentsIn(join(copy, '.changeset')).map(({ name }) => `.changeset/${name} is still there`);
    const { lines, violations } = checkVersions(copy, fragments);
    console.log(lines.join('\n'));
    if (publishedPackages().some(({ manifest }) => !('repository' in manifest)))
      console.log('note: no package names its repository, which npm compares with where a release was built');
    report(
      [...left, ...violations, ...(await checkTarballs(copy))],
      `${fragments.length} fragments make a release`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
