// Who may import whom. What the table does not allow is forbidden.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { importsOf, linesNaming, parseSource } from './lib/imports.mjs';
import { isMain, report } from './lib/report.mjs';
import { filesBelow, ROOT, workspacePackages } from './lib/workspace.mjs';

/**
 * @typedef {object} Zone What the files of one folder may import, besides files of their own package. Outside `src` a
 *   package may also import itself by name, as its users do.
 * @property {string} folder
 * @property {readonly string[]} packages Packages of the workspace, by their public entry points.
 * @property {readonly string[]} [types] Packages of the workspace of which only types may be imported.
 * @property {boolean} [node] Modules of Node.
 * @property {readonly string[]} [thirdParty]
 * @property {boolean} [portable] Without `Buffer` too.
 * @property {readonly string[]} [outside] Folders of the repository that relative imports may reach.
 */

const BYTES = '@gatewire/bytes';
const UWSGI = '@gatewire/uwsgi';
const FASTCGI = '@gatewire/fastcgi';
const INTERFACES = '@gatewire/interfaces';
const ENVIRON = '@gatewire/environ';
const SERVER = '@gatewire/server';
const COMMAND = 'gatewire';
const LIBRARIES = [UWSGI, FASTCGI, INTERFACES, ENVIRON, SERVER];
const FOR_TESTS = ['@gatewire/testkit', '@gatewire/fixtures'];
const TEST_TOOLS = ['vitest', 'fast-check'];

/** The first zone whose folder a file lies in holds for it. A file that lies in none is a violation. */
// prettier-ignore
export const ZONES = /** @type {readonly Zone[]} */ ([
  { folder: 'packages/bytes/src',       packages: [], portable: true },
  { folder: 'packages/interfaces/src',  packages: [], portable: true },
  { folder: 'packages/uwsgi/src',       packages: [BYTES], portable: true },
  { folder: 'packages/fastcgi/src',     packages: [BYTES], portable: true },
  { folder: 'packages/environ/src',     packages: [], types: [INTERFACES], portable: true },
  { folder: 'packages/server/src',      packages: [UWSGI, FASTCGI, ENVIRON, INTERFACES], node: true, thirdParty: ['ws'] },
  { folder: 'packages/gatewire/src',    packages: LIBRARIES, node: true, thirdParty: ['commander'] },
  { folder: 'packages/gatewire/demo',   packages: [...LIBRARIES, COMMAND, ...FOR_TESTS], node: true },
  { folder: 'packages/testkit/src',     packages: [BYTES], node: true, thirdParty: TEST_TOOLS },
  { folder: 'packages/testkit/test',    packages: [BYTES, ...FOR_TESTS], node: true, thirdParty: [...TEST_TOOLS, 'esbuild', 'typescript'], outside: ['scripts'] },
  { folder: 'packages/bytes/test',      packages: FOR_TESTS, node: true, thirdParty: TEST_TOOLS },
  { folder: 'packages/interfaces/test', packages: FOR_TESTS, node: true, thirdParty: TEST_TOOLS },
  { folder: 'packages/uwsgi/test',      packages: [BYTES, ...FOR_TESTS], node: true, thirdParty: TEST_TOOLS },
  { folder: 'packages/fastcgi/test',    packages: [BYTES, ...FOR_TESTS], node: true, thirdParty: TEST_TOOLS },
  { folder: 'packages/environ/test',    packages: [UWSGI, FASTCGI, INTERFACES, ...FOR_TESTS], node: true, thirdParty: TEST_TOOLS },
  { folder: 'packages/server/test',     packages: [UWSGI, FASTCGI, ENVIRON, INTERFACES, ...FOR_TESTS], node: true, thirdParty: [...TEST_TOOLS, 'ws', 'express', 'hono', 'koa'] },
  { folder: 'packages/gatewire/test',   packages: [...LIBRARIES, ...FOR_TESTS], node: true, thirdParty: [...TEST_TOOLS, 'esbuild'] },
  { folder: 'fixtures/src',             packages: [], node: true },
  { folder: 'fixtures/capture',         packages: ['@gatewire/testkit'], node: true },
  { folder: 'fixtures/fuzz',            packages: [UWSGI, FASTCGI, ENVIRON, ...FOR_TESTS], node: true, thirdParty: [...TEST_TOOLS, 'acorn', 'acorn-walk', 'esbuild', 'magic-string'], outside: ['packages/gatewire/src/inspect'] },
  { folder: 'fixtures/test',            packages: [...LIBRARIES, ...FOR_TESTS], node: true, thirdParty: TEST_TOOLS },
  { folder: 'benchmarks',               packages: [...LIBRARIES, COMMAND, ...FOR_TESTS], node: true, thirdParty: [...TEST_TOOLS, 'esbuild', 'vega', 'vega-lite'], outside: ['scripts'] },
]);

/** The one file that may look for `Buffer`: it takes the fast path where there is one. */
const KNOWS_BUFFER = 'packages/bytes/src/latin1.ts';

/** Third-party packages that published packages may need at run time. Codecs, types and environ: none. */
const MAY_NEED = new Map([
  [SERVER, ['ws']],
  [COMMAND, ['commander']],
]);

/**
 * Checks source files against the table and for import cycles.
 * @param {ReadonlyMap<string, string>} files Text by path from the top folder.
 * @returns {string[]} One line per violation.
 */
export function checkFiles(files) {
  /** @type {string[]} */
  const violations = [];
  /** @type {Map<string, string[]>} */
  const edges = new Map();
  for (const [path, text] of files) {
    const zone = ZONES.find(({ folder }) => path.startsWith(`${folder}/`));
    if (zone === undefined) {
      violations.push(`${path}: lies in no folder that scripts/import-graph.mjs knows`);
      continue;
    }
    const source = parseSource(path, text);
    const imports = importsOf(source);
    for (const { specifier, line, typeOnly } of imports) {
      const fault = faultOf(zone, path, specifier, typeOnly);
      if (fault !== null) violations.push(`${path}:${line}: ${fault}`);
    }
    if (zone.portable && path !== KNOWS_BUFFER) {
      for (const line of linesNaming(source, 'Buffer')) violations.push(`${path}:${line}: names Buffer`);
    }
    // Types are gone before anything runs: two files may know each other's.
    const relative = imports.filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly);
    edges.set(
      path,
      relative.map(({ specifier }) => target(path, specifier)),
    );
  }
  return [...violations, ...cycles(edges)];
}

/**
 * Why a file of `zone` may not import `specifier`, or `null` when it may.
 * @param {Zone} zone
 * @param {string} path
 * @param {string} specifier
 * @param {boolean} typeOnly
 */
function faultOf(zone, path, specifier, typeOnly) {
  if (specifier.startsWith('.')) return relativeFault(zone, path, specifier);
  if (specifier.startsWith('node:'))
    return zone.node ? null : `imports ${specifier}: this code runs without Node`;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (!isOurs(name)) {
    return (zone.thirdParty ?? []).includes(name) ? null : `imports ${specifier}, a third-party package`;
  }
  if (/\/(src|dist|test)(\/|$)/.test(specifier)) return `imports ${specifier}: only public entry points`;
  if (zone.packages.includes(name)) return null;
  if (name === packageName(path) && !zone.folder.endsWith('/src')) return null;
  if (!(zone.types ?? []).includes(name)) return `imports ${specifier}, which ${zone.folder} may not`;
  return typeOnly ? null : `imports ${specifier} for more than types`;
}

/**
 * @param {Zone} zone
 * @param {string} path
 * @param {string} specifier
 */
function relativeFault(zone, path, specifier) {
  const to = target(path, specifier);
  if (to.startsWith(`${packageOf(path)}/`)) return null;
  if ((zone.outside ?? []).some((folder) => to.startsWith(`${folder}/`))) return null;
  return `imports ${specifier}, a file of another package`;
}

/** @param {string} path */
function packageName(path) {
  const folder = packageOf(path).replace('packages/', '');
  return folder === COMMAND ? COMMAND : `@gatewire/${folder}`;
}

/** @param {string} name */
function isOurs(name) {
  return name === COMMAND || name.startsWith('@gatewire/');
}

/** @param {string} path */
function packageOf(path) {
  return path
    .split('/')
    .slice(0, path.startsWith('packages/') ? 2 : 1)
    .join('/');
}

/**
 * The source file that a relative import means.
 * @param {string} path
 * @param {string} specifier
 */
function target(path, specifier) {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}

/**
 * Each cycle once, by a depth-first walk: an edge to a file on the path from the start closes one.
 * @param {ReadonlyMap<string, readonly string[]>} edges
 * @returns {string[]}
 */
function cycles(edges) {
  /** @type {string[]} */
  const found = [];
  const done = new Set();
  /** @param {string} file @param {readonly string[]} trail */
  const walk = (file, trail) => {
    const from = trail.indexOf(file);
    if (from >= 0)
      found.push(`${file}: imports itself through ${[...trail.slice(from + 1), file].join(' -> ')}`);
    if (from >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}

/**
 * Checks what the published packages declare: what their sources import and, but for the named exceptions, nothing
 * from outside the workspace.
 * @param {readonly import('./lib/workspace.mjs').Package[]} packages
 * @param {ReadonlyMap<string, string>} files
 * @returns {string[]}
 */
export function checkManifests(packages, files) {
  return packages
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ folder, manifest }) => {
      const declared = Object.keys(manifest.dependencies ?? {});
      const foreign = declared.filter(
        (name) => !isOurs(name) && !(MAY_NEED.get(manifest.name) ?? []).includes(name),
      );
      const sources = [...files].filter(([path]) => path.startsWith(`${folder}/src/`));
      const imported = new Set(
        sources.flatMap(([path, text]) => importsOf(parseSource(path, text)).map((i) => i.specifier)),
      );
      const missing = [...imported].filter((specifier) => {
        if (/^(\.|node:)/.test(specifier) || specifier === BYTES) return false; // bytes is inlined
        return ![...declared, manifest.name].some(
          (name) => specifier === name || specifier.startsWith(`${name}/`),
        );
      });
      return [
        ...foreign.map((name) => `${folder}/package.json: depends on ${name}, a third-party package`),
        ...missing.map(
          (name) => `${folder}/package.json: does not declare ${name}, which its sources import`,
        ),
      ];
    });
}

/** @returns {Map<string, string>} */
function sourcesOfWorkspace() {
  const folders = ['packages', 'fixtures', 'benchmarks'];
  const paths = folders.flatMap((folder) =>
    filesBelow(folder, (name) => /\.m?ts$/.test(name) && name !== 'tsup.config.ts'),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

if (isMain(import.meta.url)) {
  const files = sourcesOfWorkspace();
  const violations = [...checkFiles(files), ...checkManifests(workspacePackages(), files)];
  report(violations, `${files.size} files import only what they may`);
}
