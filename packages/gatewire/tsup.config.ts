import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/cli.ts', 'src/demo-app.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  splitting: true,
  clean: true,
  target: 'es2022',
});
