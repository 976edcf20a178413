// Packs every published package as pnpm would publish it, and lets publint judge the tarballs. Needs `npm run build`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { report } from './lib/report.mjs';
import { mustRun } from './lib/run.mjs';
import { publishedPackages, ROOT } from './lib/workspace.mjs';

const TARBALLS = join(ROOT, 'node_modules', '.tarballs');
/** @type {{ packageManager: string }} */
const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const PNPM = ['npx', '--yes', packageManager.split('+')[0]];

rmSync(TARBALLS, { recursive: true, force: true });
mkdirSync(TARBALLS, { recursive: true });
/** @type {string[]} */
const violations = [];
const packages = publishedPackages();
for (const { folder, manifest } of packages) {
  if (!existsSync(join(ROOT, folder, 'dist'))) {
    violations.push(`${manifest.name}: not built; run npm run build`);
    continue;
  }
  await mustRun([...PNPM, 'pack', '--pack-destination', TARBALLS], { cwd: join(ROOT, folder) });
  const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
  const bytes = readFileSync(join(TARBALLS, file));
  const tarball = new Uint8Array(bytes).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  violations.push(
    ...messages.map((message) => `${manifest.name}: ${formatMessage(message, pkg, { color: false })}`),
  );
}
report(violations, `packed ${readdirSync(TARBALLS).length} packages`);
