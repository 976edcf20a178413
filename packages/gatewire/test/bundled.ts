import { rmSync } from 'node:fs';
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

/** The command in one file, as it is published: it starts several times as fast as from its sources. */
async function bundled(): Promise<string> {
  const { path } = await makeTempDir('gatewire-bundle');
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  const outfile = join(path, 'gatewire.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../src/cli.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@gatewire/source'],
    banner: { js: BANNER },
    // `npm run coverage` wants to know which source it was.
    sourcemap: process.env['GATEWIRE_COVERAGE'] === undefined ? false : 'inline',
    logLevel: 'error',
  });
  return outfile;
}

/** Program and first argument that start `gatewire` from one file. */
export async function bundledCommand(): Promise<readonly [program: string, file: string]> {
  bundle ??= bundled();
  return [process.execPath, await bundle];
}
