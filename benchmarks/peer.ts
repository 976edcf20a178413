// One peer in a process of its own: does nothing until it is asked for a slice, then works for that long and says how
// often it was done and what it cost. `sink` keeps the engine from dropping work whose result nobody uses.
import { CASES } from './cases.js';
import type { Case, Peer } from './case.js';

/** Work for about this long. */
export interface SliceRequest {
  readonly milliseconds: number;
}

/** How often the work was done, and the CPU time of this process (user and system, all threads) in microseconds. */
export interface SliceResult {
  readonly operations: number;
  readonly cpuMicros: number;
}

/** Operations between two looks at the clock take about this long. */
const BATCH_MILLISECONDS = 0.5;

/** Operations that warm work up that ends later. */
const LATER_WARM_UP = 20_000;

export let sink: unknown;

/** The case and the peer that go by these names. */
export function findPeer(caseName: string, peerName: string): Peer {
  const found: Case | undefined = CASES.find(({ name }) => name === caseName);
  const peer = found?.peers.find(({ name }) => name === peerName);
  if (peer === undefined || !('prepare' in peer))
    throw new RangeError(`there is no ${JSON.stringify(peerName)} in ${caseName}`);
  return peer;
}

/**
 * Works until `milliseconds` of CPU time have passed, looking at the clock every `batch` operations: on a busy machine a
 * slice takes longer, but holds as much.
 */
export function slice(work: () => unknown, batch: number, milliseconds: number): SliceResult {
  const before = process.cpuUsage();
  let operations = 0;
  let cpuMicros = 0;
  // The CPU time is asked for seldom: that costs some itself.
  for (let left = milliseconds; left > BATCH_MILLISECONDS; left = milliseconds - cpuMicros / 1000) {
    const end = performance.now() + left;
    do {
      for (let i = 0; i < batch; i++) sink = work();
      operations += batch;
    } while (performance.now() < end);
    const spent = process.cpuUsage(before);
    cpuMicros = spent.user + spent.system;
  }
  return { operations, cpuMicros };
}

/** The same for work that ends later: one operation at a time, and time is that on the wall. */
export async function sliceLater(work: () => Promise<unknown>, milliseconds: number): Promise<SliceResult> {
  const before = process.cpuUsage();
  const end = performance.now() + milliseconds;
  let operations = 0;
  do {
    sink = await work();
    operations++;
  } while (performance.now() < end);
  const spent = process.cpuUsage(before);
  return { operations, cpuMicros: spent.user + spent.system };
}

/** Operations that take about {@link BATCH_MILLISECONDS}, found by doubling. */
export function batchSize(work: () => unknown): number {
  for (let batch = 1; ; batch *= 2) {
    const start = performance.now();
    for (let i = 0; i < batch; i++) sink = work();
    if (performance.now() - start >= BATCH_MILLISECONDS) return batch;
  }
}

async function main(caseName: string, peerName: string): Promise<void> {
  const work = findPeer(caseName, peerName).prepare();
  const first = work();
  const later = first instanceof Promise;
  await first;
  // A whole server takes longer to be compiled than a codec.
  for (let i = 0; later && i < LATER_WARM_UP; i++) await work();
  let batch = 0;
  process.on('message', ({ milliseconds }: SliceRequest) => {
    if (later) {
      void sliceLater(work as () => Promise<unknown>, milliseconds).then((result) => process.send?.(result));
      return;
    }
    // Once more after the first slice: by then the work is compiled.
    if (batch === 0) slice(work, batchSize(work), milliseconds);
    batch ||= batchSize(work);
    process.send?.(slice(work, batch, milliseconds));
  });
  process.send?.('ready');
}

if (process.argv[2] === '--peer') void main(process.argv[3], process.argv[4]);
