import type { Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BACKLOG } from './listen.js';

/** How long no connection comes when there is none, in milliseconds: a web server that is held up takes its time for the next. */
export const QUIET_MS = 20;

/** So often that is waited for, where connections come and come. */
const ROUNDS = 10;

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
  // More than the backlog cannot have waited in the beginning: the others have come since, and might never end.
  let before = -1;
  for (let round = 0; round < ROUNDS && before < accepted && accepted < BACKLOG; round++) {
    before = accepted;
    await pause(QUIET_MS);
  }
  server.off('connection', count);
}
