import type { Socket } from 'node:net';

/** Who is at the other end, for the log. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'a unix socket' : `${remoteAddress}:${remotePort}`;
}
