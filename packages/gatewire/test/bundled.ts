import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempDir } from '@gatewire/testkit';
import { build } from 'esbuild';

/** Packages in CommonJS ask for modules of Node by `require`. */
const BANNER = `
import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);
`;

let bundle: Promise<string> | null = null;

const source = (name: string): string => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));

/** Where a package looks for itself, as in `gatewire serve gatewire/demo-app`. */
const SELF = 'node_modules/gatewire';

/** The command in one file, as it is published: it starts several times as fast as from its sources. */
async function bundled(): Promise<string> {
  const { path } = await makeTempDir('gatewire-bundle');
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  await build({
    entryPoints: [
      { in: source('cli'), out: 'gatewire' },
      { in: source('demo-app'), out: `${SELF}/demo-app` },
    ],
    outdir: path,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@gatewire/source'],
    banner: { js: BANNER },
    // `npm run coverage` wants to know which source it was.
    sourcemap: process.env['GATEWIRE_COVERAGE'] === undefined ? false : 'inline',
    logLevel: 'error',
  });
  const manifest = { name: 'gatewire', exports: { './demo-app': './demo-app.mjs' } };
  await writeFile(join(path, SELF, 'package.json'), JSON.stringify(manifest));
  return join(path, 'gatewire.mjs');
}

/** Program and first argument that start `gatewire` from one file. */
export async function bundledCommand(): Promise<readonly [program: string, file: string]> {
  bundle ??= bundled();
  return [process.execPath, await bundle];
}
