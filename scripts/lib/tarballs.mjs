import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mustRun } from './run.mjs';
import { publishedPackages, ROOT } from './workspace.mjs';

/** Where `scripts/pack.mjs` puts what would be published. */
export const TARBALLS = join(ROOT, 'node_modules', '.tarballs');

/**
 * @param {import('./workspace.mjs').Manifest} manifest
 * @returns {string} Path of the package's tarball.
 */
export function tarballOf({ name, version }) {
  return join(TARBALLS, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
}

/**
 * @typedef {object} Installed A package as somebody has it who installed it.
 * @property {string} name
 * @property {string} folder
 * @property {import('./workspace.mjs').Manifest} manifest As it was packed.
 * @property {string[]} entries What can be imported: `@gatewire/uwsgi`, `@gatewire/uwsgi/kinds`.
 */

/**
 * Unpacks every tarball to a `node_modules` folder, and links the third-party packages that they depend on. No registry
 * is asked for anything. Needs `scripts/pack.mjs`.
 * @param {string} modules
 * @returns {Promise<Installed[]>}
 */
export function installTarballs(modules) {
  return Promise.all(publishedPackages().map((subject) => install(modules, subject)));
}

/**
 * @param {string} modules
 * @param {import('./workspace.mjs').Package} subject
 * @returns {Promise<Installed>}
 */
async function install(modules, { folder, manifest: { name, version, exports } }) {
  const file = tarballOf({ name, version, exports });
  if (!existsSync(file)) throw new Error(`${name} is not packed; run npm run check -- --only pack`);
  const to = join(modules, name);
  mkdirSync(to, { recursive: true });
  await mustRun(['tar', '-xzf', file, '-C', to, '--strip-components=1']);
  /** @type {import('./workspace.mjs').Manifest} */
  const manifest = JSON.parse(readFileSync(join(to, 'package.json'), 'utf8'));
  for (const [needed, range] of Object.entries(manifest.dependencies ?? {})) {
    if (range.startsWith('workspace:')) throw new Error(`${name} was packed with ${needed}@${range}`);
    if (!isOurs(needed)) linkPackage(join(ROOT, folder, 'node_modules', needed), join(modules, needed));
  }
  const subpaths = Object.keys(manifest.exports).filter((subpath) => !subpath.endsWith('.json'));
  return { name, folder: to, manifest, entries: subpaths.map((subpath) => name + subpath.slice(1)) };
}

/**
 * @param {string} target
 * @param {string} at
 */
export function linkPackage(target, at) {
  if (existsSync(at)) return;
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(realpathSync(target), at);
}

/** @param {string} name */
export function isOurs(name) {
  return name === 'gatewire' || name.startsWith('@gatewire/');
}

/**
 * Paths of the files in a folder, relative to it.
 * @param {string} folder
 * @param {string} [below]
 * @returns {string[]}
 */
export function filesIn(folder, below = '') {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}
