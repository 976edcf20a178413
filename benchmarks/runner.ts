import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startProgram } from '@gatewire/testkit/servers';
import type { RunningProgram } from '@gatewire/testkit/servers';
import { bundle } from './bundle.js';
import type { AnyPeer } from './case.js';
import { threadMicrosOf } from './e2e/proc.js';
import { buildFolder } from './external.js';
import type { External } from './external.js';
import type { SliceRequest, SliceResult } from './peer.js';
import { profileFlags, readProfile } from './profile.js';
import type { Profile } from './profile.js';
import type { Served } from './socket.js';

/** A process that works when it is asked to. */
export interface Runner {
  readonly ready: Promise<unknown>;
  slice(milliseconds: number): Promise<SliceResult>;
  stop(): unknown;
}

const LAST = availableParallelism() - 1;
const HAS_TASKSET = spawnSync('taskset', ['-c', String(LAST), 'true']).status === 0;

/** The processor the peers share, so that they meet the same clock rate; none without taskset. */
const PIN: readonly string[] = HAS_TASKSET ? ['taskset', '-c', String(LAST)] : [];

/** The processors for what keeps a server busy: the others, where there are some. */
const PIN_OTHERS: readonly string[] =
  HAS_TASKSET && LAST > 0 ? ['taskset', '-c', LAST === 1 ? '0' : `0-${LAST - 1}`] : [];

/** Whether the peers are pinned to one processor. */
export const pinned: boolean = HAS_TASKSET;

/** The programs of this folder that run in processes of their own, each as one file. */
interface Programs {
  readonly peer: string;
  readonly driver: string;
  readonly server: string;
}

let programs: Promise<Programs> | null = null;

/**
 * Starts a peer; a server answers `warmUp` requests before it is ready. Returns what has to be installed for it instead
 * when something is missing.
 */
export async function startPeer(caseName: string, peer: AnyPeer, warmUp: number): Promise<Runner | string> {
  const bundled = await (programs ??= bundlePrograms());
  if ('prepare' in peer) return startOwn(bundled.peer, caseName, peer.name);
  if ('external' in peer) return startExternal(peer.external) ?? peer.external.needs;
  if (threadMicrosOf(process.pid) === null) return "Linux's /proc/PID/task/*/schedstat";
  return (await startServed(peer.served, bundled, warmUp)) ?? peer.served.needs;
}

async function bundlePrograms(): Promise<Programs> {
  const folder = buildFolder();
  const place = async (name: string, source: string): Promise<string> => {
    const file = join(folder, `${name}.mjs`);
    await bundle(source, file);
    return file;
  };
  return {
    peer: await place('peer', './peer.ts'),
    driver: await place('driver', './socket/driver.ts'),
    server: await place('server', './socket/server.ts'),
  };
}

/** Profiles a peer of this language while it works for `seconds`. */
export async function profilePeer(caseName: string, peerName: string, seconds: number): Promise<Profile> {
  const { peer } = await (programs ??= bundlePrograms());
  const folder = buildFolder();
  const flags = [...profileFlags(folder), peer, '--peer', caseName, peerName];
  const child = startChild([...PIN, process.execPath, ...flags]);
  await message(child);
  // Twice: by the second time everything is compiled.
  for (let i = 0; i < 2; i++) await ask(child, seconds * 1000);
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
  return readProfile(folder, `${caseName}, ${peerName}`, seconds);
}

function startOwn(program: string, caseName: string, peerName: string): Runner {
  const child = startChild([...PIN, process.execPath, program, '--peer', caseName, peerName]);
  return {
    ready: message(child),
    slice: async (milliseconds) => (await ask(child, milliseconds)) as SliceResult,
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

/** A server, and a program beside it that sends requests while a slice lasts. Only the server's CPU time counts. */
async function startServed(
  { command, talk, needs }: Served,
  { driver, server }: Programs,
  warmUp: number,
): Promise<Runner | null> {
  const folder = buildFolder();
  const socket = join(folder, 'socket');
  const built = command(folder, socket, server);
  if (built === null) return null;
  const started = await startAt(socket, built).catch((error: unknown) => {
    if (needs === '') throw error;
    return null; // The program is there, a plugin of it is not.
  });
  if (started === null) return null;
  const args = ['--drive', socket, JSON.stringify(talk), String(warmUp)];
  const child = startChild([...PIN_OTHERS, process.execPath, driver, ...args]);
  const taken = (): number => threadMicrosOf(started.pid) ?? NaN;
  return {
    ready: message(child),
    slice: async (milliseconds) => {
      const before = taken();
      const operations = (await ask(child, milliseconds)) as number;
      return { operations, cpuMicros: taken() - before };
    },
    stop: async () => {
      child.kill();
      await started.stop();
    },
  };
}

/** taskset becomes the program that it starts: the pid is the server's. */
function startAt(socket: string, built: readonly string[]): Promise<RunningProgram> {
  const [program, ...args] = [...PIN, ...built];
  return startProgram(program, args, { ready: { socket }, env: { PYTHONDONTWRITEBYTECODE: '1' } });
}

function startChild([command, ...args]: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function ask(child: ChildProcess, milliseconds: number): Promise<unknown> {
  const request: SliceRequest = { milliseconds };
  child.send(request);
  return message(child);
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
