import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startProgram } from '../process.js';
import type { ProgramExit, ProgramOptions, Ready } from '../process.js';
import { findProgram, missingPrograms } from '../programs.js';
import { freePort, makeTempDir } from '../temp.js';

/** A server of one's own, on 127.0.0.1 or at a unix socket in its prefix. */
export interface RunningServer {
  /** Port on 127.0.0.1; 0 when it listens at a unix socket. */
  readonly port: number;
  /** Path of its unix socket; empty when it listens at a port. */
  readonly socket: string;
  /** Directory with its files; gone after `stop`. */
  readonly prefix: string;
  readonly pid: number;
  /** What it wrote to stdout and stderr. */
  output(): string;
  /** Ends it and removes the prefix. May be called twice. */
  stop(): Promise<ProgramExit>;
}

/** Where a server listens, and where its files are. */
export interface Place {
  readonly prefix: string;
  readonly port: number;
  readonly socket: string;
}

/** How to start a server once its place is known. */
export interface Launch {
  readonly args: readonly string[];
  /** Files to write first, by their paths below the prefix. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stopSignal?: NonNullable<ProgramOptions['stopSignal']>;
  /** Default: the name of the program. */
  readonly program?: string;
}

/**
 * Starts a server in a temporary directory and waits until it accepts connections.
 *
 * Rejects with its output when it is not installed or does not come up.
 */
export async function startServer(
  name: string,
  listens: 'port' | 'socket',
  launch: (place: Place) => Launch | Promise<Launch>,
): Promise<RunningServer> {
  const missing = missingPrograms([name]);
  if (missing !== null) throw new Error(`not installed: ${missing}`);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(name, listens, launch);
    } catch (error) {
      // Between the choice of a free port and its use another program can take it.
      const lost = error instanceof Error && /address already in use/i.test(error.message);
      if (!lost || listens === 'socket' || attempt === 3) throw error;
    }
  }
}

async function start(
  name: string,
  listens: 'port' | 'socket',
  launch: (place: Place) => Launch | Promise<Launch>,
): Promise<RunningServer> {
  const temp = await makeTempDir(`gatewire-${name}`);
  const prefix = temp.path;
  try {
    const port = listens === 'port' ? await freePort() : 0;
    const socket = listens === 'socket' ? join(prefix, 'socket') : '';
    const { args, files = {}, env, stopSignal, program = name } = await launch({ prefix, port, socket });
    for (const [path, text] of Object.entries(files)) writeBelow(prefix, path, text);
    const ready: Ready = listens === 'port' ? { port } : { socket };
    const child = await startProgram(findProgram(program) ?? program, args, {
      ready,
      // Some programs look for files there, and make some.
      env: { HOME: prefix, ...env },
      cwd: prefix,
      ...(stopSignal === undefined ? {} : { stopSignal }),
    });
    const stop = async (): Promise<ProgramExit> => {
      const exit = await child.stop();
      await temp.remove();
      return exit;
    };
    return { port, socket, prefix, pid: child.pid, output: () => child.output(), stop };
  } catch (error) {
    await temp.remove();
    throw error;
  }
}

function writeBelow(prefix: string, path: string, text: string): void {
  const full = join(prefix, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}
