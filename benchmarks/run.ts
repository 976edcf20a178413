import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Case } from './case.js';
import { buildFolder } from './external.js';
import type { External } from './external.js';
import type { SliceRequest, SliceResult } from './peer.js';
import { quartiles, ratio, shuffled } from './stats.js';
import type { Quartiles } from './stats.js';

/** How long to measure. */
export interface Plan {
  readonly rounds: number;
  readonly sliceMilliseconds: number;
  readonly warmUpMilliseconds: number;
}

/** One peer's result. Rates are operations per second of CPU time. */
export interface PeerResult {
  readonly name: string;
  readonly rate: Quartiles;
  /** How many times its rate ours is, formed inside each round; `null` for ours. */
  readonly ratio: Quartiles | null;
}

export interface CaseResult {
  readonly name: string;
  readonly work: string;
  readonly peers: readonly PeerResult[];
}

const PEER = fileURLToPath(new URL('./peer.ts', import.meta.url));

const TASKSET: readonly string[] = ['taskset', '-c', String(availableParallelism() - 1)];

/** The processor the peers share, so that they meet the same clock rate; none without taskset. */
const PIN: readonly string[] =
  spawnSync(TASKSET[0], [...TASKSET.slice(1), 'true']).status === 0 ? TASKSET : [];

/** Whether the peers are pinned to one processor. */
export const pinned: boolean = PIN.length > 0;

/**
 * Measures one case: a process per peer, one of them working at a time, a slice each in every round. `nodeOptions` let
 * the processes load TypeScript and this workspace's sources; they are those of this process unless given.
 */
export async function runCase(
  subject: Case,
  plan: Plan,
  progress: (round: number) => void,
  nodeOptions: readonly string[] = process.execArgv,
): Promise<CaseResult> {
  const peers = subject.peers.flatMap((peer) => {
    const runner =
      'external' in peer ? startExternal(peer.external) : start(subject.name, peer.name, nodeOptions);
    if (runner === null) process.stderr.write(`left out: ${peer.name} needs its compiler and library\n`);
    return runner === null ? [] : [{ name: peer.name, runner, rates: [] as number[] }];
  });
  try {
    await Promise.all(peers.map(({ runner }) => runner.ready));
    for (const { runner } of peers) await measure(runner, plan.warmUpMilliseconds);
    for (let round = 0; round < plan.rounds; round++) {
      for (const peer of shuffled(peers)) peer.rates.push(await measure(peer.runner, plan.sliceMilliseconds));
      progress(round + 1);
    }
  } finally {
    for (const { runner } of peers) runner.stop();
  }
  const ours = peers[0].rates;
  const results = peers.map(({ name, rates }, index) => ({
    name,
    rate: quartiles(rates),
    ratio: index === 0 ? null : ratio(ours, rates),
  }));
  return { name: subject.name, work: subject.work, peers: results };
}

/** A process that works when it is asked to. */
interface Runner {
  readonly ready: Promise<unknown>;
  slice(milliseconds: number): Promise<SliceResult>;
  stop(): void;
}

function start(caseName: string, peerName: string, nodeOptions: readonly string[]): Runner {
  const [command, ...args] = [...PIN, process.execPath, ...nodeOptions, PEER, '--peer', caseName, peerName];
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    ready: message(child),
    slice: async (milliseconds) => {
      const request: SliceRequest = { milliseconds };
      child.send(request);
      return (await message(child)) as SliceResult;
    },
    stop: () => child.kill(),
  };
}

/** A program that says `ready`, and answers a line of milliseconds with one of operations and CPU time. */
function startExternal({ build }: External): Runner | null {
  const built = build(buildFolder());
  if (built === null) return null;
  const [command, ...args] = [...PIN, ...built];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]() as AsyncIterator<
    string,
    undefined
  >;
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error(`${built[0]} ended before it had answered`);
    return next.value;
  };
  return {
    ready: line(),
    slice: async (milliseconds) => {
      child.stdin.write(`${milliseconds}\n`);
      const [operations, cpuMicros] = (await line()).split(' ').map(Number);
      return { operations, cpuMicros };
    },
    stop: () => child.kill(),
  };
}

/** Operations per second of CPU time in one slice. */
async function measure(runner: Runner, milliseconds: number): Promise<number> {
  const { operations, cpuMicros } = await runner.slice(milliseconds);
  return (operations * 1e6) / cpuMicros;
}

async function message(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  try {
    const answer = once(child, 'message', { signal: ended.signal });
    const end = once(child, 'exit', { signal: ended.signal }).then(([code]: unknown[]) => {
      throw new Error(`a peer ended with exit code ${String(code)} before it had answered`);
    });
    const [value] = (await Promise.race([answer, end])) as unknown[];
    return value;
  } finally {
    ended.abort();
  }
}
