import { spawnSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installCommand } from '../cgi/site.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const PAGE = join(ROOT, 'docs/protocols.md');

/** Tells what it was called with. */
const APPLICATION = `export const app = async (environ, startResponse) => {
  const body = await environ['wsgi.input'].read();
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [new TextEncoder().encode(\`\${environ.PATH_INFO}: \${new TextDecoder().decode(body)}\\n\`)];
};
`;

let directory: TempDir;

beforeAll(async () => {
  directory = await makeTempDir('gatewire-protocols');
  await installCommand(directory.path);
  await writeFile(join(directory.path, 'app.js'), APPLICATION);
  await symlink(join(ROOT, 'fixtures'), join(directory.path, 'fixtures'));
});
afterAll(() => directory.remove());

/** What a command of the page prints. */
function printed(command: string): string {
  const path = `${join(directory.path, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
    cwd: directory.path,
    env: { PATH: path },
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (status !== 0 || stderr !== '') throw new Error(`${command}: exit code ${status}\n${stderr}`);
  return stdout.replaceAll('\r\n', '\n').trimEnd();
}

/** The drawings of STATES.md, which is compared with the tables by a test of its own, by the heading they stand under. */
async function drawings(): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, 'packages/fastcgi/STATES.md'), 'utf8');
  const all = [...text.matchAll(/^```mermaid\n(.*?)\n```$/gms)].map(([, drawing]) => drawing);
  return [all[0], all.at(-1) ?? ''];
}

// `npx vitest run FILE -u` writes the page anew.
test('docs/protocols.md shows what its commands print, and the drawings of the tables', async () => {
  const page = await readFile(PAGE, 'utf8');
  const states = [...(await drawings())];
  const rendered = page
    .replace(
      /^```sh\n(.*?)^```\n\n```text\n.*?^```$/gms,
      (_, command: string) => `\`\`\`sh\n${command}\`\`\`\n\n\`\`\`text\n${printed(command)}\n\`\`\``,
    )
    .replace(/^```mermaid\n.*?^```$/gms, () => `\`\`\`mermaid\n${states.shift() ?? ''}\n\`\`\``);
  expect(states).toEqual([]);
  await expect(rendered).toMatchFileSnapshot(PAGE);
});
