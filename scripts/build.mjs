// Builds every published package with tsup, each after those it depends on.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { mustRun } from './lib/run.mjs';
import { publishedPackages, ROOT } from './lib/workspace.mjs';

const TSUP = join(
  dirname(createRequire(import.meta.url).resolve('tsup/package.json')),
  'dist',
  'cli-default.js',
);
const AT_ONCE = 2;

/** @type {Map<string, Promise<void>>} */
const builds = new Map();
let running = 0;
/** @type {(() => void)[]} */
const waiting = [];

/** @param {import('./lib/workspace.mjs').Package} subject */
async function build({ folder, manifest }) {
  await Promise.all(Object.keys(manifest.dependencies ?? {}).map((name) => builds.get(name)));
  if (running >= AT_ONCE) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  running++;
  try {
    const start = performance.now();
    await mustRun([process.execPath, TSUP, '--silent'], { cwd: join(ROOT, folder) });
    console.log(`built ${manifest.name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

for (const subject of publishedPackages()) {
  if (existsSync(join(ROOT, subject.folder, 'src'))) builds.set(subject.manifest.name, build(subject));
}
const failed = (await Promise.allSettled(builds.values())).filter((result) => result.status === 'rejected');
for (const { reason } of failed) console.error(reason instanceof Error ? reason.message : reason);
if (failed.length > 0) process.exitCode = 1;
