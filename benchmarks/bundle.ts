import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { keepConstants } from '../scripts/lib/constants.mjs';

/** A source file says where it lies even when it has become part of another file. */
const PLACES: Plugin = {
  name: 'places',
  setup: (build) => {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
  },
};

/**
 * Joins a program of this folder and the sources of the workspace that it uses into one file, as the packages are
 * shipped: it starts at once, and nothing but the engine is at work when it is measured.
 */
export async function bundle(source: string, outfile: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(source, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    conditions: ['@gatewire/source'],
    outfile,
    logLevel: 'warning',
    plugins: [PLACES],
    write: false,
  });
  // As in the packages.
  await writeFile(outfile, keepConstants(outputFiles[0].text));
}
