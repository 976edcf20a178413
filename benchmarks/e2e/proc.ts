import { readdirSync, readFileSync } from 'node:fs';

/** What /proc says of a process. Times in clock ticks. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** CPU time of all of its threads, in user mode and in the kernel. */
  readonly ticks: number;
  /** The same of its children that have ended and were waited for. */
  readonly childTicks: number;
}

/** Ticks in a second. The kernel tells user space 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Reads a line of /proc/PID/stat; proc(5). The name stands in parentheses and may hold anything. */
export function parseStat(text: string): ProcessStat {
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const at = (number: number): number => Number(fields[number - 3]);
  const stat = {
    pid: parseInt(text, 10),
    parent: at(4),
    ticks: at(14) + at(15),
    childTicks: at(16) + at(17),
  };
  if (close < 0 || Object.values(stat).some(Number.isNaN))
    throw new RangeError(`not a line of stat: ${text}`);
  return stat;
}

/** `root` and all that descend from it. */
export function treeOf(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

/** Pids of a process and its descendants. */
export function pidsOf(root: number): number[] {
  return treeOf(root, everyProcess()).map(({ pid }) => pid);
}

/** CPU time that a process and its descendants have taken so far, in microseconds, in steps of 10,000. */
export function cpuMicrosOf(root: number): number {
  const tree = treeOf(root, everyProcess());
  const ticks = tree.reduce((sum, stat) => sum + stat.ticks + stat.childTicks, 0);
  return (ticks * 1e6) / TICKS_PER_SECOND;
}

function everyProcess(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [parseStat(readFileSync(`/proc/${name}/stat`, 'latin1'))];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

/**
 * CPU time that the threads of a process have taken so far, in microseconds, exact to the nanosecond; its children are not
 * counted. Null where the kernel does not say, as everywhere but on Linux.
 */
export function threadMicrosOf(pid: number): number | null {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanos = threads.map((id) =>
      parseInt(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'latin1'), 10),
    );
    return nanos.reduce((sum, value) => sum + value, 0) / 1000;
  } catch {
    return null;
  }
}
