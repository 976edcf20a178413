import type { Case } from './case.js';
import { startPeer } from './runner.js';
import type { Runner } from './runner.js';
import { quartiles, ratio, shuffled } from './stats.js';
import type { Quartiles } from './stats.js';

/** How long to measure. */
export interface Plan {
  readonly rounds: number;
  readonly sliceMilliseconds: number;
  readonly warmUpMilliseconds: number;
  /** Requests that a server has answered before its first slice: by then its code is compiled. */
  readonly warmUpRequests: number;
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

/** A peer that runs, and its rate in each round. */
interface Running {
  readonly name: string;
  readonly runner: Runner;
  readonly rates: number[];
}

/**
 * Measures one case: a process per peer, one of them working at a time, a slice each in every round. A peer that needs
 * what is not installed is left out, with a line on stderr; `null` when that is the first, with which all are compared.
 */
export async function runCase(
  subject: Case,
  plan: Plan,
  progress: (round: number) => void,
): Promise<CaseResult | null> {
  const peers: Running[] = [];
  try {
    await startAll(subject, plan, peers);
    if (peers.length === 0 || peers[0].name !== subject.peers[0].name) return null;
    await Promise.all(peers.map(({ runner }) => runner.ready));
    for (const { runner } of peers) await measure(runner, plan.warmUpMilliseconds);
    for (let round = 0; round < plan.rounds; round++) {
      for (const peer of shuffled(peers)) peer.rates.push(await measure(peer.runner, plan.sliceMilliseconds));
      progress(round + 1);
    }
  } finally {
    await Promise.all(peers.map(({ runner }) => runner.stop()));
  }
  const ours = peers[0].rates;
  const results = peers.map(({ name, rates }, index) => ({
    name,
    rate: quartiles(rates),
    ratio: index === 0 ? null : ratio(ours, rates),
  }));
  return { name: subject.name, work: subject.work, peers: results };
}

async function startAll(subject: Case, plan: Plan, peers: Running[]): Promise<void> {
  for (const peer of subject.peers) {
    const runner = await startPeer(subject.name, peer, plan.warmUpRequests);
    if (typeof runner !== 'string') peers.push({ name: peer.name, runner, rates: [] });
    else leftOut(`${subject.name}, ${peer.name}: it needs ${runner}`);
  }
}

/** A line of its own, also where progress is shown. */
function leftOut(what: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}left out: ${what}\n`);
}

/** Operations per second of CPU time in one slice. */
async function measure(runner: Runner, milliseconds: number): Promise<number> {
  const { operations, cpuMicros } = await runner.slice(milliseconds);
  return (operations * 1e6) / cpuMicros;
}
