import type { Server } from 'node:net';
import type { BoundAddress, LogEntry } from './options.js';

/** The kernel may refuse every time it is asked, which the event loop does in each of its turns. */
const QUIET_MS = 1000;

/**
 * Logs what keeps a server from accepting a connection, once a second at most: a lack of memory, of descriptors when even
 * the one that libuv keeps back is gone. Without a listener such an error would end the process, and all of its requests.
 */
export function logAcceptErrors(
  server: Server,
  { protocol, address }: BoundAddress,
  log: (entry: LogEntry) => void,
): void {
  let quietUntil = 0;
  server.on('error', ({ code, message: why }: NodeJS.ErrnoException) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + QUIET_MS;
    const hint = code === 'EMFILE' ? ': this process may open no more files (ulimit -n)' : '';
    const message = `could not accept a connection on ${protocol} ${address}: ${why}${hint}`;
    log({ level: 'error', event: 'accept_failed', message, protocol, address, code });
  });
}
