// Installs the dependencies when the lockfile changed since the last time. Needs Node and npm, nothing else.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules', '.setup-stamp');
const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'));
const wanted = `${process.version} ${createHash('sha256').update(lockfile).digest('hex')}`;

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) process.exit(0);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`gatewire needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpm = manifest.packageManager.split('+')[0];
console.error(`Setting up: ${pnpm} install (once, about 15 s) ...`);
const result = spawnSync('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
  env: { ...process.env, COREPACK_ENABLE_STRICT: '0' },
});
if (result.status !== 0) {
  console.error('Setting up failed. See the lines above; is the npm registry reachable?');
  process.exit(result.status ?? 1);
}
writeFileSync(stamp, wanted);
