// Uses the tarballs as somebody does who installed them: every entry point by import, by require and through a bundler, in
// JavaScript and in TypeScript from the oldest supported version to the newest, and the commands. Needs `scripts/pack.mjs`.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { mustRun } from './lib/run.mjs';
import { installTarballs, linkPackage } from './lib/tarballs.mjs';
import { ROOT } from './lib/workspace.mjs';

/** The oldest and the newest compiler that the types are for, and the one that builds them. */
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
 * A project per module system: `mjs` and `mts`, `cjs` and `cts`, and `bundled.ts` for a bundler.
 * @param {string} folder
 * @param {readonly string[]} entries
 */
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
  for (const name of ['esm.mts', 'cjs.cts', 'bundled.ts']) writeFileSync(join(folder, name), imports + use);
  const common = { target: 'ES2022', strict: true, noEmit: true, skipLibCheck: false, types: ['node'] };
  writeConfig(folder, 'nodenext', { ...common, module: 'NodeNext' }, ['esm.mts', 'cjs.cts']);
  const bundler = { ...common, module: 'ESNext', moduleResolution: 'bundler' };
  writeConfig(folder, 'bundler', bundler, ['bundled.ts']);
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {Record<string, unknown>} compilerOptions
 * @param {readonly string[]} include
 */
function writeConfig(folder, name, compilerOptions, include) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ compilerOptions, include }));
}

/**
 * @param {string} compiler
 * @param {string} folder
 * @param {string} config
 */
function compile(compiler, folder, config) {
  const tsc = join(ROOT, 'node_modules', compiler, 'bin', 'tsc');
  return mustRun([process.execPath, tsc, '-p', `${config}.json`], { cwd: folder });
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
  writeConfig(folder, 'bare', bare, ['*.ts']);
  const lib = ['ES2022', 'DOM', 'DOM.Iterable'];
  writeConfig(folder, 'rich', { ...strict, lib, types: ['node'] }, ['*.ts']);
  for (const compiler of COMPILERS) await compile(compiler, folder, 'bare');
  await compile('typescript', folder, 'rich');
}

/**
 * Runs a program and gives the names that it printed.
 * @param {string} folder
 * @param {string} program
 */
function namesOf(folder, program) {
  return mustRun([process.execPath, program], { cwd: folder, seconds: 30 });
}

const folder = mkdtempSync(join(tmpdir(), 'gatewire-consumer-'));
try {
  const modules = join(folder, 'node_modules');
  linkPackage(join(ROOT, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  const installed = await installTarballs(modules);
  const entries = installed.flatMap((subject) => subject.entries);
  writePrograms(folder, entries);
  const esm = await namesOf(folder, 'esm.mjs');
  if (esm !== (await namesOf(folder, 'cjs.cjs')))
    throw new Error(`import and require give different names:\n${esm}`);
  // Nothing is left to import but Node's own modules.
  await build({
    entryPoints: [join(folder, 'esm.mjs')],
    outfile: join(folder, 'bundle.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Bundled CommonJS asks for Node's modules by require.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  if (esm !== (await namesOf(folder, 'bundle.mjs')))
    throw new Error(`the bundle gives different names:\n${esm}`);
  for (const compiler of COMPILERS) await compile(compiler, folder, 'nodenext');
  for (const compiler of ['typescript-5.0', 'typescript-7.0']) await compile(compiler, folder, 'bundler');
  await compileTypePrograms(folder);
  const commands = installed.flatMap(({ folder, manifest }) =>
    Object.values(manifest.bin ?? {}).map((path) => join(folder, path)),
  );
  for (const command of commands)
    await mustRun([process.execPath, command, '--help'], { cwd: folder, seconds: 30 });
  console.log(
    `${entries.length} entry points load by import, require and bundle, with types for ${COMPILERS.join(', ')}`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
