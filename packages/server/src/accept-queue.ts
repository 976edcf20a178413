import type { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { BACKLOG } from './listen.js';

/** Turns of the event loop without a connection after which there is none. */
const EMPTY_TURNS = 2;

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
  // More than that cannot have waited in the beginning: the others have come since, and might never end.
  for (let empty = 0; empty < EMPTY_TURNS && accepted < BACKLOG;) {
    const before = accepted;
    await turn();
    empty = accepted === before ? empty + 1 : 0;
  }
  server.off('connection', count);
}
