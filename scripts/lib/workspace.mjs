import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Top folder of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string} [license]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, unknown>} exports
 *
 * @typedef {object} Package
 * @property {string} folder Relative to {@link ROOT}, with forward slashes.
 * @property {Manifest} manifest
 */

/**
 * Every package of the workspace, published or not.
 * @returns {Package[]}
 */
export function workspacePackages() {
  const inPackages = readdirSync(join(ROOT, 'packages')).sort();
  return [...inPackages.map((name) => `packages/${name}`), 'benchmarks', 'fixtures']
    .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(folder) }));
}

/**
 * The packages that are published, each after those it depends on.
 * @returns {Package[]}
 */
export function publishedPackages() {
  const open = workspacePackages().filter(({ manifest }) => manifest.private !== true);
  /** @type {Package[]} */
  const ordered = [];
  while (open.length > 0) {
    const ready = open.findIndex(({ manifest }) => {
      const needs = Object.keys(manifest.dependencies ?? {});
      return !open.some((other) => other.manifest !== manifest && needs.includes(other.manifest.name));
    });
    if (ready < 0)
      throw new Error(`packages depend on each other: ${open.map((p) => p.manifest.name).join(', ')}`);
    ordered.push(...open.splice(ready, 1));
  }
  return ordered;
}

/**
 * The entry points of a package: the subpath and the source file behind it, relative to the package.
 * @param {Manifest} manifest
 * @returns {{ subpath: string, source: string }[]}
 */
export function entryPoints(manifest) {
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return target.endsWith('.ts') ? [{ subpath, source: target }] : [];
    const source = /** @type {Record<string, unknown>} */ (target)['@gatewire/source'];
    return typeof source === 'string' ? [{ subpath, source }] : [];
  });
}

/**
 * Files below `folder` whose name passes, relative to {@link ROOT}; `[]` when there is no such folder.
 * @param {string} folder
 * @param {(name: string) => boolean} passes
 * @returns {string[]}
 */
export function filesBelow(folder, passes) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return IGNORED.includes(entry.name) ? [] : filesBelow(path, passes);
    return passes(entry.name) ? [path] : [];
  });
}

const IGNORED = ['node_modules', 'dist', '.doc-examples'];

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function readManifest(folder) {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
}
