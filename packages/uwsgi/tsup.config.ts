import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/kinds/index.ts'],
  format: ['esm', 'cjs'],
  // The byte helpers are part of this package once it is built, their types too.
  noExternal: ['@gatewire/bytes'],
  dts: { resolve: ['@gatewire/bytes'] },
  // Several entries must share their classes, or instanceof fails between them.
  splitting: true,
  clean: true,
  target: 'es2022',
  esbuildOptions(options) {
    options.conditions = ['@gatewire/source'];
  },
});
