import { execFile, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '@gatewire/testkit/servers';
import type { RunningNginx } from '@gatewire/testkit/servers';
import { quartiles, ratio, shuffled } from '../stats.js';
import type { Quartiles } from '../stats.js';
import type { Backend, RunningBackend } from './backends.js';
import { cpuMicrosOf, pidsOf } from './proc.js';

const run = promisify(execFile);

/** What is asked for, again and again. */
export interface Scenario {
  readonly name: string;
  readonly path: string;
  /** Bytes of body of a POST; 0 for a GET. */
  readonly post: number;
  /** Bytes of the answer's body. */
  readonly answer: number;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'hello', path: 'hello', post: 0, answer: 12 },
  { name: '16 KiB answer', path: '16k', post: 0, answer: 16_384 },
  { name: '10 KiB POST', path: 'post', post: 10_240, answer: 6 },
];

/** How long to measure. */
export interface Plan {
  readonly rounds: number;
  /** Length of a slice. */
  readonly seconds: number;
  /** Requests that each back end has answered before it is measured: by then its code is compiled. */
  readonly warmUp: number;
  /** What wrk is started with. */
  readonly prefix: readonly string[];
}

/** Slices of warming up at most, for the slow ones. */
const WARM_UP_SLICES = 8;

/** Connections that wrk keeps busy. */
export const CONNECTIONS = 16;

/** A back end that runs behind nginx, and where. */
export interface Target {
  readonly backend: Backend;
  readonly running: RunningBackend;
  readonly url: string;
}

/** One slice of one back end. Times in microseconds; CPU times for one request. */
export interface Slice {
  readonly rate: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly cpu: number;
  readonly nginxCpu: number;
  readonly errors: number;
}

export interface BackendResult {
  readonly name: string;
  /** Requests per second. */
  readonly rate: Quartiles;
  readonly p50: Quartiles;
  readonly p90: Quartiles;
  readonly p99: Quartiles;
  /** CPU time of the back end's processes for a request, in microseconds, which is milliseconds for 1,000. */
  readonly cpu: Quartiles;
  /** The same of nginx. */
  readonly nginxCpu: Quartiles;
  readonly errors: number;
  /** CPU time of every slice, in the order of the rounds: for ratios inside a round. */
  readonly cpuByRound: readonly number[];
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly backends: readonly BackendResult[];
}

/** Asks each back end once, and throws unless the answer is the right one. */
export async function checkAnswers(
  targets: readonly Target[],
  scenarios: readonly Scenario[],
): Promise<void> {
  for (const { backend, url } of targets) {
    for (const { name, path, post, answer } of scenarios) {
      const request = post === 0 ? {} : { method: 'POST', body: 'x'.repeat(post) };
      const response = await fetch(`${url}/${path}`, request);
      const text = await response.text();
      const right = post === 0 ? text.length === answer : text === `${post}\n`;
      if (response.status !== 200 || !right)
        throw new Error(`${backend.name}, ${name}: ${response.status} ${text.slice(0, 200)}`);
    }
  }
}

/** Puts nginx and wrk on one processor and the back ends on another, where there are two. Returns how wrk is started. */
export function separate(targets: readonly Target[], nginx: RunningNginx): readonly string[] {
  const last = availableParallelism() - 1;
  if (last === 0 || spawnSync('taskset', ['-c', '0', 'true']).status !== 0) return [];
  const others = last === 1 ? '0' : `0-${last - 1}`;
  for (const { running } of targets) pin(running.pid, String(last));
  pin(nginx.pid, others);
  return ['taskset', '-c', others];
}

function pin(root: number, processors: string): void {
  for (const pid of pidsOf(root)) spawnSync('taskset', ['-a', '-cp', processors, String(pid)]);
}

/** Measures all back ends in one scenario, warmed up first: a slice each in every round, in shuffled order. */
export async function runScenario(
  scenario: Scenario,
  targets: readonly Target[],
  nginx: RunningNginx,
  plan: Plan,
  progress: (done: number) => void,
): Promise<ScenarioResult> {
  const slices = new Map<Target, Slice[]>(targets.map((target) => [target, []]));
  let done = 0;
  for (const target of targets) {
    await warmUp(() => measure(target, scenario, nginx, plan.seconds, plan.prefix), plan.warmUp);
    progress(++done);
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const target of shuffled(targets)) {
      const slice = await measure(target, scenario, nginx, plan.seconds, plan.prefix);
      slices.get(target)?.push(slice);
      progress(++done);
    }
  }
  const backends = [...slices].map(([{ backend }, taken]) => summarise(backend.name, taken));
  return { scenario: scenario.name, backends };
}

async function warmUp(
  slice: () => Promise<Slice & { readonly requests: number }>,
  least: number,
): Promise<void> {
  let answered = 0;
  for (let i = 0; i < WARM_UP_SLICES && answered < least; i++) answered += (await slice()).requests;
}

/** Keeps a back end busy for `seconds`. */
export async function measure(
  { running, url }: Target,
  { path, post }: Scenario,
  nginx: RunningNginx,
  seconds: number,
  prefix: readonly string[],
): Promise<Slice & { readonly requests: number }> {
  const script = fileURLToPath(new URL('./wrk.lua', import.meta.url));
  const [command, ...args] = [
    ...prefix,
    findProgram('wrk') ?? 'wrk',
    ...['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', script, `${url}/${path}`],
    ...(post === 0 ? [] : ['--', String(post)]),
  ];
  const before = [cpuMicrosOf(running.pid), cpuMicrosOf(nginx.pid)];
  const { stdout } = await run(command, args, { timeout: seconds * 1000 + 30_000 });
  const cpu = cpuMicrosOf(running.pid) - before[0];
  const nginxCpu = cpuMicrosOf(nginx.pid) - before[1];
  const { requests, micros, errors, p50, p90, p99 } = parseWrk(stdout);
  return {
    requests,
    rate: (requests * 1e6) / micros,
    p50,
    p90,
    p99,
    errors,
    cpu: cpu / requests,
    nginxCpu: nginxCpu / requests,
  };
}

/** What our script for wrk writes as its last line. */
export interface WrkResult {
  readonly requests: number;
  readonly micros: number;
  readonly errors: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export function parseWrk(stdout: string): WrkResult {
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`wrk ended without a result: ${stdout}`);
  const result = JSON.parse(line) as WrkResult;
  if (result.requests === 0) throw new Error(`wrk got no answer: ${stdout}`);
  return result;
}

export function summarise(name: string, slices: readonly Slice[]): BackendResult {
  const of = (key: keyof Slice): Quartiles => quartiles(slices.map((slice) => slice[key]));
  return {
    name,
    rate: of('rate'),
    p50: of('p50'),
    p90: of('p90'),
    p99: of('p99'),
    cpu: of('cpu'),
    nginxCpu: of('nginxCpu'),
    errors: slices.reduce((sum, { errors }) => sum + errors, 0),
    cpuByRound: slices.map(({ cpu }) => cpu),
  };
}

/** How much of the CPU time of `other` `one` takes for a request, formed inside each round; null when one is missing. */
export function cpuRatio({ backends }: ScenarioResult, one: string, other: string): Quartiles | null {
  const [a, b] = [one, other].map((name) => backends.find((backend) => backend.name === name));
  return a === undefined || b === undefined ? null : ratio(a.cpuByRound, b.cpuByRound);
}
