import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import type { BoundAddress, ListenAddress } from '@gatewire/server';
import type { Log } from '../log.js';
import { listenersOf } from '../serve-options.js';
import type { ServeFlags } from '../serve-options.js';
import { hold } from './bind.js';
import type { HeldSocket } from './bind.js';
import { sealed } from './messages.js';
import { Pool } from './pool.js';
import { WorkerProcess } from './worker-process.js';

/** Descriptors of a worker below these are stdin, stdout, stderr and its channel to the master. */
const FIRST_SOCKET = 4;

/** `--graceful-timeout` when it is not given, in seconds: the default of `serve`. */
const GRACEFUL_TIMEOUT = 30;

/** Workers that serve an application, and the sockets they accept from. */
export interface Workers {
  readonly pool: Pool;
  readonly addresses: readonly BoundAddress[];
  /** Lets the sockets go, then lets the workers finish; resolves when they have ended. */
  stop(): Promise<void>;
}

/**
 * Binds the addresses and starts the workers, each with copies of the sockets. The kernel gives a connection to whichever
 * worker accepts first: the master sees none of them.
 *
 * Rejects when an address cannot be bound, or with `StartFailure`.
 */
export async function startWorkers(
  specifier: string,
  flags: ServeFlags,
  count: number,
  log: Log,
): Promise<Workers> {
  const wanted = listenersOf(flags);
  const sockets: HeldSocket[] = [];
  const release = (): void => {
    for (const socket of sockets) socket.close();
  };
  try {
    for (const address of wanted) sockets.push(await hold(address));
    const pool = new Pool({ log, fork: forker(specifier, flags, wanted, sockets) });
    const seen = await pool.start(count);
    const stop = (): Promise<void> => {
      // Before the workers: a connection must not wait for somebody who never accepts.
      release();
      return pool.stop();
    };
    return {
      pool,
      addresses: sockets.map((socket, i) => socket.bound ?? inherited(seen[i], wanted[i])),
      stop,
    };
  } catch (error) {
    release();
    throw error;
  }
}

type Fork = ConstructorParameters<typeof Pool>[0]['fork'];

function forker(
  specifier: string,
  flags: ServeFlags,
  wanted: readonly ListenAddress[],
  sockets: readonly HeldSocket[],
): Fork {
  const listen = wanted.map(({ protocol }, i) => ({ protocol, fd: FIRST_SOCKET + i }));
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc', ...sockets.map(({ fd }) => fd)] as const;
  const gracefulMs = 1000 * (flags.gracefulTimeout ?? GRACEFUL_TIMEOUT);
  const program = resolve(process.argv[1]);
  return (number, generation, onRetire) => {
    const child = fork(program, ['worker'], { stdio: [...stdio], serialization: 'advanced' });
    const start = sealed({ kind: 'start', number, specifier, flags, listen });
    return new WorkerProcess(child, start, { number, generation, gracefulMs, onRetire });
  };
}

/** A worker counts its descriptors differently: an inherited unix socket is known by the number that the user gave. */
function inherited(seen: BoundAddress, wanted: ListenAddress): BoundAddress {
  return 'fd' in wanted && seen.host === undefined ? { ...seen, address: `fd:${wanted.fd}` } : seen;
}
