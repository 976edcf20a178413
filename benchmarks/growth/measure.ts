import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cpuMicros, fitExponent } from '@gatewire/testkit/servers';
import { textTable } from '../markdown.js';
import type { GrowthCase } from './cases.js';

/** What one size cost. */
export interface GrowthSample {
  readonly size: number;
  /** CPU time, the best of several runs. */
  readonly micros: number;
  /** Memory that was in use at most, above what was in use before, in bytes. The input is not counted. */
  readonly liveBytes: number;
}

export interface GrowthResult {
  readonly name: string;
  readonly axis: string;
  readonly memory: GrowthCase['memory'];
  readonly samples: readonly GrowthSample[];
  /** Of the CPU time, over the larger sizes: with the small ones what every call costs would hide the growth. */
  readonly exponent: number;
}

/** What fails, and what the project aims at. */
export const MOST_EXPONENT = 1.1;
export const AIMED_EXPONENT = 1.05;

/** Bytes by which memory that must not grow may differ: what the engine keeps of code and of its own. */
const MOST_MEMORY = 256 * 1024;

/** Sizes, the largest, that the exponent is fitted to. */
const FITTED = 3;

/** Looks at the memory while a size is worked on. */
const LOOKS = 16;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Measures a case; a second time when it grows too fast, because another program may have slowed one size down. */
export function measureGrowth(subject: GrowthCase, progress: (size: number) => void): GrowthResult {
  const first = measureOnce(subject, progress);
  if (first.exponent <= AIMED_EXPONENT) return first;
  const second = measureOnce(subject, progress);
  const samples = first.samples.map((sample, i) => ({
    ...sample,
    micros: Math.min(sample.micros, second.samples[i].micros),
  }));
  return { ...first, samples, exponent: exponentOf(samples) };
}

function measureOnce(subject: GrowthCase, progress: (size: number) => void): GrowthResult {
  const { name, axis, memory } = subject;
  const samples = subject.sizes.map((size) => {
    progress(size);
    const work = subject.prepare(size);
    return { size, micros: cpuMicros(() => exhaust(work())), liveBytes: peak(work) };
  });
  return { name, axis, memory, samples, exponent: exponentOf(samples) };
}

function exponentOf(samples: readonly GrowthSample[]): number {
  return fitExponent(samples.slice(-FITTED).map(({ size, micros }) => [size, micros]));
}

/** A line for each thing about a result that must not be. */
export function faultsOf({ name, memory, samples, exponent }: GrowthResult): string[] {
  const faults: string[] = [];
  if (exponent > MOST_EXPONENT)
    faults.push(`${name}: time grows with the power ${exponent.toFixed(2)}, more than ${MOST_EXPONENT}`);
  const [first, last] = [samples[0], samples[samples.length - 1]];
  const allowed = memory === 'flat' ? 1 : last.size / first.size;
  if (last.liveBytes > Math.max(first.liveBytes, 1024) * allowed ** MOST_EXPONENT + MOST_MEMORY)
    faults.push(`${name}: memory grew from ${kib(first.liveBytes)} to ${kib(last.liveBytes)}`);
  return faults;
}

export function formatGrowth(results: readonly GrowthResult[]): string {
  return results
    .map(({ name, axis, samples, exponent, memory }) => {
      const aim = exponent > AIMED_EXPONENT ? `, above the aim of ${AIMED_EXPONENT}` : '';
      const rows = samples.map(({ size, micros, liveBytes }) => [
        `  ${size}`,
        micros.toFixed(1),
        ((micros * 1000) / size).toFixed(micros * 1000 < size ? 3 : 0),
        kib(liveBytes),
      ]);
      const head = [`  ${axis}`, 'us', 'ns each', 'memory in use'];
      const title = `${name}: time grows with the power ${exponent.toFixed(2)}${aim}; memory ${memory}`;
      return `${title}\n${textTable([head, ...rows])}`;
    })
    .join('\n');
}

function exhaust(steps: Generator): unknown {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** Memory in use, after garbage collection, at most: looked at while the steps are taken. */
function peak(work: () => Generator): number {
  let count = 0;
  for (const steps = work(); steps.next().done !== true;) count++;
  const before = inUse();
  let most = 0;
  const steps = work();
  const every = Math.max(1, Math.floor(count / LOOKS));
  let held: unknown;
  for (let i = 0; ; i++) {
    const step = steps.next();
    held = step.value;
    if (i % every === 0 || step.done === true) most = Math.max(most, inUse() - before);
    if (step.done === true) break;
  }
  return held === undefined ? most : Math.max(most, 0);
}

function inUse(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}
