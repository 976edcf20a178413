// All tests with the coverage of what runs in the test runner; `children.ts` has the programs that the tests start tell theirs.
import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default mergeConfig(
  base,
  defineConfig({
    root,
    test: {
      setupFiles: [`${root}scripts/coverage/children.ts`],
      coverage: {
        enabled: true,
        provider: 'v8',
        include: (process.env['GATEWIRE_COVERAGE_SOURCES'] ?? '').split(','),
        exclude: ['**/test/**'],
        reporter: ['json'],
        reportOnFailure: true,
      },
    },
  }),
);
