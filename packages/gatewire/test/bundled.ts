import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempDir, startProgram } from '@gatewire/testkit';
import type { ProgramOptions, RunningProgram } from '@gatewire/testkit';
import { build } from 'esbuild';
import { ended } from './cli.js';
import type { Ended } from './cli.js';

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

/** Starts `gatewire` from one file, for tests that start it in many processes. */
export async function gatewireBundled(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<RunningProgram> {
  const [program, file] = await bundledCommand();
  return startProgram(program, [file, ...args], options);
}

/** Runs that to its end. */
export async function runBundled(args: readonly string[], options?: ProgramOptions): Promise<Ended> {
  return ended(await gatewireBundled(args, options));
}
