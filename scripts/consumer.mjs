// Uses the tarballs as somebody who installed them does: every entry point by import and by require, in JavaScript and
// in TypeScript, and the command. Needs `scripts/pack.mjs`; no registry is asked for anything.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mustRun } from './lib/run.mjs';
import { publishedPackages, ROOT } from './lib/workspace.mjs';

const TARBALLS = join(ROOT, 'node_modules', '.tarballs');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** The oldest and the newest compiler that the types of applications are for, and the one that we use. */
const COMPILERS = ['typescript-5.0', 'typescript', 'typescript-7.0'];
/** Programs that must compile, or fail to where they say so. */
const TYPE_PROGRAMS = join(ROOT, 'packages', 'interfaces', 'test', 'types');

const ROUND_TRIP = `
const packet = uwsgi.encodePacket(0, 0, ['PATH_INFO', '/caf\\u00e9']);
const decoder = new uwsgi.UwsgiDecoder();
decoder.receive(packet);
const { payload } = decoder.next();
const pairs = uwsgi.decodeVars(payload, 0, payload.length);
if (pairs.join() !== 'PATH_INFO,/caf\\u00e9') throw new Error('came back as ' + pairs.join());
`;

/**
 * Unpacks a tarball to `node_modules` and links the third-party packages it depends on.
 * @param {string} modules
 * @param {import('./lib/workspace.mjs').Package} subject
 * @returns {Promise<string[]>} Its entry points.
 */
async function unpack(modules, { folder, manifest }) {
  const file = readdirSync(TARBALLS).find(
    (name) =>
      name.startsWith(`${manifest.name.replace('@', '').replace('/', '-')}-`) && /-\d[^-]*\.tgz$/.test(name),
  );
  if (file === undefined) throw new Error(`${manifest.name} is not packed`);
  const to = join(modules, manifest.name);
  mkdirSync(to, { recursive: true });
  await mustRun(['tar', '-xzf', join(TARBALLS, file), '-C', to, '--strip-components=1']);
  /** @type {import('./lib/workspace.mjs').Manifest} */
  const packed = JSON.parse(readFileSync(join(to, 'package.json'), 'utf8'));
  for (const [name, range] of Object.entries(packed.dependencies ?? {})) {
    if (range.startsWith('workspace:')) throw new Error(`${manifest.name} was packed with ${name}@${range}`);
    link(join(ROOT, folder, 'node_modules', name), join(modules, name));
  }
  const subpaths = Object.keys(packed.exports).filter((subpath) => !subpath.endsWith('.json'));
  return subpaths.map((subpath) => manifest.name + subpath.slice(1));
}

/** @param {string} target @param {string} at */
function link(target, at) {
  const ours =
    at.includes(join('node_modules', '@gatewire')) || at.endsWith(join('node_modules', 'gatewire'));
  if (ours || existsSync(at)) return;
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(target, at);
}

/** @param {string} folder @param {readonly string[]} entries */
function writePrograms(folder, entries) {
  const names = entries.map((_, i) => `entry${i}`);
  const uwsgi = entries.indexOf('@gatewire/uwsgi');
  const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}';`).join('\n');
  const requires = entries.map((entry, i) => `const entry${i} = require('${entry}');`).join('\n');
  const list = `JSON.stringify([${names.join()}].map((entry) => Object.keys(entry).filter((key) => !/^(default|__esModule|module\\.exports)$/.test(key)).sort()))`;
  const body = `const uwsgi = entry${uwsgi};\n${ROUND_TRIP}console.log(${list});\n`;
  writeFileSync(join(folder, 'esm.mjs'), `${imports}\n${body}`);
  writeFileSync(join(folder, 'cjs.cjs'), `${requires}\n${body}`);
  const use = `\nexport const all: unknown[] = [${names.join()}];\n`;
  writeFileSync(join(folder, 'esm.mts'), imports + use);
  writeFileSync(join(folder, 'cjs.cts'), imports + use);
  const compilerOptions = {
    module: 'NodeNext',
    target: 'ES2022',
    strict: true,
    noEmit: true,
    types: ['node'],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['esm.mts', 'cjs.cts'] }),
  );
}

/**
 * Compiles the programs about the types of applications, on no platform, with every compiler; the platforms' own types
 * are added once, and optional keys that may be undefined.
 * @param {string} parent
 */
async function compileTypePrograms(parent) {
  const folder = join(parent, 'types');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of readdirSync(TYPE_PROGRAMS).filter((name) => name.endsWith('.ts')))
    copyFileSync(join(TYPE_PROGRAMS, name), join(folder, name));
  const strict = { module: 'NodeNext', target: 'ES2022', strict: true, noEmit: true };
  const bare = { ...strict, lib: ['ES2022'], types: [], exactOptionalPropertyTypes: true };
  const rich = { ...strict, lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: ['node'] };
  for (const [name, compilerOptions] of Object.entries({ bare, rich }))
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const runs = [...COMPILERS.map((compiler) => [compiler, 'bare']), ['typescript', 'rich']];
  for (const [compiler, name] of runs) {
    const tsc = join(ROOT, 'node_modules', compiler, 'bin', 'tsc');
    await mustRun([process.execPath, tsc, '-p', `${name}.json`], { cwd: folder });
  }
}

const folder = mkdtempSync(join(tmpdir(), 'gatewire-consumer-'));
try {
  const modules = join(folder, 'node_modules');
  link(join(ROOT, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  const packages = publishedPackages();
  const entries = (await Promise.all(packages.map((subject) => unpack(modules, subject)))).flat();
  writePrograms(folder, entries);
  const esm = await mustRun([process.execPath, 'esm.mjs'], { cwd: folder, seconds: 30 });
  const cjs = await mustRun([process.execPath, 'cjs.cjs'], { cwd: folder, seconds: 30 });
  if (esm !== cjs) throw new Error(`import and require give different names:\n${esm}${cjs}`);
  await mustRun([process.execPath, TSC, '-p', folder], { cwd: folder });
  await compileTypePrograms(folder);
  await mustRun([process.execPath, join(modules, 'gatewire', 'dist', 'cli.js'), '--help'], {
    cwd: folder,
    seconds: 30,
  });
  console.log(`${entries.length} entry points load by import and by require, with types for ${COMPILERS.join(', ')}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
