import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const seed = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 0x7fffffff));
process.env['FC_SEED'] = String(seed);
console.log(`fast-check seed: FC_SEED=${seed}`);

export default defineConfig({
  // The packages resolve to their sources. Only the ssr conditions reach the test environment.
  ssr: { resolve: { conditions: ['@gatewire/source'] } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'fixtures/test/**/*.test.ts',
      'fixtures/fuzz/test/**/*.test.ts',
      'benchmarks/test/**/*.test.ts',
    ],
    setupFiles: ['packages/testkit/src/vitest-setup.ts'],
    // Many tests wait for programs: with a worker for each processor but one, half of the machine idles.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Ten times what the slowest needs: on a machine that is busy with something else they pass as well.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
    allowOnly: false,
  },
});
