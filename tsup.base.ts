import { defineConfig } from 'tsup';
import type { Options } from 'tsup';
import { keepConstants } from './scripts/lib/constants.mjs';

/**
 * How every published package is built: ESM and CommonJS, with types for both.
 *
 * Several entries share their classes (`splitting`), or `instanceof` would fail between them. `inlined` packages become
 * part of the built one, with their types. `more` is what one package needs beside that.
 */
export function packageConfig(
  entry: string[],
  inlined: string[] = [],
  more: Options = {},
): Options | Options[] {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    noExternal: inlined,
    dts: inlined.length === 0 ? true : { resolve: inlined },
    splitting: true,
    clean: true,
    target: 'es2022',
    // Rollup finishes the files: without it CommonJS goes through a compiler that takes class fields and `??` apart, and
    // a request through `UwsgiApplication` takes 18 % longer there, `decodePacket` 36 %.
    treeshake: true,
    plugins: [{ name: 'constants', renderChunk: (code) => ({ code: keepConstants(code) }) }],
    ...more,
    esbuildOptions(options) {
      options.conditions = ['@gatewire/source'];
    },
  }) as Options;
}
