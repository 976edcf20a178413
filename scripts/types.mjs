// Checks the types: each package's sources by themselves, then tests, benchmarks, fixtures and scripts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './lib/run.mjs';
import { ROOT, workspacePackages } from './lib/workspace.mjs';

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const projects = workspacePackages()
  .map(({ folder }) => folder)
  .filter((folder) => existsSync(join(ROOT, folder, 'tsconfig.json')));

for (const project of [...projects, 'tsconfig.json']) {
  const { ok, output } = await run([process.execPath, TSC, '-p', project]);
  if (ok) continue;
  console.error(`tsc -p ${project}\n${output}`);
  process.exitCode = 1;
}
