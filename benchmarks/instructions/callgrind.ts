import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, makeTempDir, missingPrograms } from '@gatewire/testkit/servers';
import { bundle } from '../bundle.js';
import type { Work } from './works.js';

const run = promisify(execFile);

/** Segments that are counted: their sum counts, and how far they lie apart tells whether the work was warm. */
const SEGMENTS = 5;

/** Addresses, random numbers and threads: what makes two runs of node differ, switched off. */
const NODE_FLAGS = ['--predictable', '--single-threaded', '--random-seed=1', '--hash-seed=1'];

/** Instructions of one operation, and how far the segments lie apart as a share of that. */
export interface Counted {
  readonly name: string;
  readonly instructions: number;
  readonly spread: number;
}

/** Counts the works, two at a time. `progress` is called after each. */
export async function countAll(
  works: readonly Work[],
  progress: (done: number, name: string) => void,
): Promise<Counted[]> {
  const missing = missingPrograms(['valgrind', 'setarch']);
  if (missing !== null) throw new Error(`not installed: ${missing}`);
  const temp = await makeTempDir('gatewire-count');
  try {
    const program = join(temp.path, 'program.mjs');
    await bundle('./instructions/program.ts', program);
    const counted: Counted[] = [];
    const waiting = [...works];
    const worker = async (): Promise<void> => {
      for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) {
        counted.push(await count(work, program, join(temp.path, work.name.replaceAll(/\W/g, '-'))));
        progress(counted.length, work.name);
      }
    };
    await Promise.all([worker(), worker()]);
    return works.map(({ name }) => counted.find((entry) => entry.name === name)!);
  } finally {
    await temp.remove();
  }
}

/** The command that runs `program` under valgrind; counts go to `out.1`, `out.2` ..., one file per mark. */
export function command(program: string, out: string, args: readonly string[]): string[] {
  const valgrind = [
    '--tool=callgrind',
    '--smc-check=all-non-file',
    '--dump-before=umask',
    `--callgrind-out-file=${out}`,
  ];
  return [
    '-R',
    findProgram('valgrind') ?? 'valgrind',
    ...valgrind,
    process.execPath,
    ...NODE_FLAGS,
    program,
    ...args,
  ];
}

/** The count in a file that callgrind wrote. Throws RangeError when there is none. */
export function totalOf(text: string): number {
  const total = /^totals: (\d+)/m.exec(text)?.[1];
  if (total === undefined) throw new RangeError('callgrind wrote no totals');
  return Number(total);
}

/** Instructions of one operation, from the counts of the segments, each of `operations`. */
export function perOperation(totals: readonly number[], operations: number): Omit<Counted, 'name'> {
  const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
  const spread = (Math.max(...totals) - Math.min(...totals)) / mean;
  return { instructions: Math.round(mean / operations), spread };
}

async function count(work: Work, program: string, out: string): Promise<Counted> {
  // An environment of its own: what is in it takes room on the stack, and moves what lies below.
  const env = { PATH: '/usr/bin:/bin' };
  await run('setarch', command(program, out, [work.name, String(SEGMENTS)]), { env, timeout: 120_000 });
  // The first file holds the start and the warm-up; the one without a number what came after the last mark.
  const totals: number[] = [];
  for (let mark = 2; mark <= SEGMENTS + 1; mark++)
    totals.push(totalOf(await readFile(`${out}.${mark}`, 'utf8')));
  return { name: work.name, ...perOperation(totals, work.count) };
}
