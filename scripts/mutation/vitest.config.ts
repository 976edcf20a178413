// The tests that mutants are run against: those of the codecs alone, without other programs, clocks or memory limits.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// One seed for all mutants: a mutant that dies by a lucky draw would live the next time.
process.env['FC_SEED'] = '1';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default defineConfig({
  root,
  ssr: { resolve: { conditions: ['@gatewire/source'] } },
  // Inside the sandbox `node_modules` leads back to the unchanged sources.
  resolve: { alias: { '@gatewire/bytes': `${root}packages/bytes/src/index.ts` } },
  test: {
    include: ['packages/{bytes,uwsgi,fastcgi}/test/**/*.test.ts'],
    exclude: ['**/real/**', '**/fixtures.test.ts', '**/*growth*', '**/memory.test.ts', '**/node_modules/**'],
    setupFiles: ['packages/testkit/src/vitest-setup.ts'],
    testTimeout: 30_000,
    isolate: false,
    pool: 'threads',
  },
});
