// The tests that mutants are run against: those of one codec alone, without other programs, clocks or memory limits.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

// One seed for all mutants: a mutant that dies by a lucky draw would live the next time.
process.env['FC_SEED'] = '1';

/** The top folder: of Stryker's copy of the repository, when Stryker runs this. */
const root = fileURLToPath(new URL('../..', import.meta.url));
/** run.mjs sets it. */
const name = process.env['MUTATION_PACKAGE'] ?? '{bytes,uwsgi,fastcgi}';

/** A run ends with the first test that fails: what failed for the last mutant comes first, then what is quick. */
class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): number => {
      const last = this.ctx.cache.getFileTestResults(`${project.name}:${relative(root, moduleId)}`);
      return last?.failed ? -1 : (last?.duration ?? 0);
    };
    return Promise.resolve([...files].sort((a, b) => rank(a) - rank(b)));
  }
}

export default defineConfig({
  root,
  cacheDir: `${root}.stryker-tmp/vite`,
  ssr: { resolve: { conditions: ['@gatewire/source'] } },
  resolve: {
    alias: [
      // In the copy `node_modules` leads back to the unchanged sources.
      { find: '@gatewire/bytes', replacement: `${root}packages/bytes/src/index.ts` },
      { find: /^fast-check$/, replacement: `${root}scripts/mutation/fast-check.ts` },
    ],
  },
  test: {
    include: [`packages/${name}/test/**/*.test.ts`],
    exclude: [
      '**/node_modules/**',
      // With programs, captured traffic, clocks, memory limits; and what compares documents with documents.
      '**/real/**',
      '**/*real.test.ts',
      '**/fixtures.test.ts',
      '**/answers.test.ts',
      '**/*growth.test.ts',
      '**/memory.test.ts',
      '**/*codes.test.ts',
    ],
    setupFiles: ['packages/testkit/src/vitest-setup.ts'],
    testTimeout: 30_000,
    // One set of modules for all files of a run, since each mutant is a run: half of the time.
    isolate: false,
    sequence: { sequencer: QuickFirst },
    pool: 'threads',
  },
});
