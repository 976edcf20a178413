import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempDir, startProgram } from '@gatewire/testkit';
import { expect, test } from 'vitest';

const testkit = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const cwd = fileURLToPath(new URL('..', import.meta.url));

/** Runs vitest on a suite that needs a program nobody has. */
async function runWithout(ci: string): Promise<{ output: string; code: number | null }> {
  const temp = await makeTempDir();
  const body = `import { describeWith } from ${JSON.stringify(testkit)};
    import { test } from 'vitest';
    describeWith(['sh', 'no-such-program'], 'the suite', () => test('never runs', () => {}));`;
  await writeFile(join(temp.path, 'x.test.ts'), body);
  await writeFile(join(temp.path, 'vitest.config.mjs'), 'export default {}');
  await symlink(join(cwd, 'node_modules'), join(temp.path, 'node_modules'));
  const args = [vitest, 'run', '--root', temp.path];
  const program = await startProgram(process.execPath, args, { cwd, env: { CI: ci, NO_COLOR: '1' } });
  const { code } = await program.exited;
  await temp.remove();
  return { output: program.output(), code };
}

test('a missing program skips the suite, with a line that says so', async () => {
  const { output, code } = await runWithout('');
  expect(output).toContain('skipped: "the suite" needs no-such-program (apt-get install no-such-program)');
  expect(output).toMatch(/1 skipped/);
  expect(code).toBe(0);
});

test('in CI a missing program is a failure', async () => {
  const { output, code } = await runWithout('true');
  expect(output).toContain('CI treats a skip as a failure');
  expect(code).toBe(1);
});
