// As the tests are run on another runtime: what they import from the published packages comes from the tarballs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { ROOT } from '../lib/workspace.mjs';

const modules = process.env['GATEWIRE_TARBALLS'] ?? '';
/** @type {string[]} */
const entries = JSON.parse(process.env['GATEWIRE_ENTRIES'] ?? '[]');

/**
 * The file that an import of the entry loads.
 * @param {string} entry
 */
function fileOf(entry) {
  const name = entry.split('/').slice(0, 2).join('/');
  const manifest = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
  return join(modules, name, manifest.exports[`.${entry.slice(name.length)}`].import.default);
}

export default defineConfig({
  root: ROOT,
  cacheDir: join(modules, '.vite'),
  resolve: {
    alias: entries.map((entry) => ({ find: new RegExp(`^${entry}$`), replacement: fileOf(entry) })),
  },
  // What is not published has its sources only.
  ssr: { resolve: { conditions: ['@gatewire/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    // These start other programs: servers, and ours from their sources.
    exclude: ['**/real/**', '**/toughness/**'],
    setupFiles: ['scripts/runtimes/setup.mjs', 'packages/testkit/src/vitest-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    allowOnly: false,
  },
});
