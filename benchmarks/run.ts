import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Case } from './case.js';
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
  const peers = subject.peers.map(({ name }) => ({
    name,
    child: start(subject.name, name, nodeOptions),
    rates: [] as number[],
  }));
  try {
    await Promise.all(peers.map(({ child }) => message(child))); // 'ready'
    for (const { child } of peers) await measure(child, plan.warmUpMilliseconds);
    for (let round = 0; round < plan.rounds; round++) {
      for (const peer of shuffled(peers)) peer.rates.push(await measure(peer.child, plan.sliceMilliseconds));
      progress(round + 1);
    }
  } finally {
    for (const { child } of peers) child.kill();
  }
  const ours = peers[0].rates;
  const results = peers.map(({ name, rates }, index) => ({
    name,
    rate: quartiles(rates),
    ratio: index === 0 ? null : ratio(ours, rates),
  }));
  return { name: subject.name, work: subject.work, peers: results };
}

function start(caseName: string, peerName: string, nodeOptions: readonly string[]): ChildProcess {
  const [command, ...args] = [...PIN, process.execPath, ...nodeOptions, PEER, '--peer', caseName, peerName];
  return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** Operations per second of CPU time in one slice. */
async function measure(child: ChildProcess, milliseconds: number): Promise<number> {
  const request: SliceRequest = { milliseconds };
  child.send(request);
  const { operations, cpuMicros } = (await message(child)) as SliceResult;
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
