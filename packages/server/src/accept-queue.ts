import type { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Turns of the event loop without a connection after which there is none. */
const EMPTY_TURNS = 2;

/** When they come as fast as they are accepted there is always one: then this long, in milliseconds. */
const LONGEST_MS = 50;

/**
 * Resolves when no connection waits in the kernel to be accepted by a server: closing would reset those, with the requests
 * that they have sent already. Node accepts one in each turn of the event loop, so that under load many wait.
 */
export async function acceptQueueEmptied(server: Server): Promise<void> {
  let accepted = 0;
  const count = (): void => {
    accepted++;
  };
  server.on('connection', count);
  const end = performance.now() + LONGEST_MS;
  for (let empty = 0; empty < EMPTY_TURNS && performance.now() < end;) {
    const before = accepted;
    await turn();
    empty = accepted === before ? empty + 1 : 0;
  }
  server.off('connection', count);
}
