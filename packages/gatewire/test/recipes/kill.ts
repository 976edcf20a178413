import { readFile } from 'node:fs/promises';

/** Ends a program and those it has started, as if their machine lost its power. */
export async function killAll(pid: number): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  // The master first, or it would start others.
  for (const each of [pid, ...children.trim().split(' ').map(Number)]) process.kill(each, 'SIGKILL');
}
