import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { RequestFailure } from './failure.js';

/** Where to connect. */
export type Peer = { readonly host: string; readonly port: number } | { readonly path: string };

/** A peer for people. */
export function peerName(peer: Peer): string {
  if ('path' in peer) return `unix:${peer.path}`;
  return peer.host.includes(':') ? `[${peer.host}]:${peer.port}` : `${peer.host}:${peer.port}`;
}

/**
 * Connects. When `signal` aborts, then or later, the socket is destroyed with the signal's reason.
 *
 * @throws RequestFailure 6, 7 or 28.
 */
export async function openSocket(peer: Peer, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect(peer);
  socket.setNoDelay(true);
  signal.addEventListener('abort', () => socket.destroy(signal.reason as Error));
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (error instanceof RequestFailure) throw error;
    throw notConnected(peer, error as NodeJS.ErrnoException);
  }
  // From here on whoever reads learns of errors; without a listener an early one would end the process.
  socket.on('error', () => undefined);
  return socket;
}

/** An abort after `seconds`, as the {@link RequestFailure} 28; never when `undefined`. `stop` ends the waiting. */
export function deadline(seconds: number | undefined): {
  readonly signal: AbortSignal;
  readonly stop: () => void;
} {
  const controller = new AbortController();
  if (seconds === undefined) return { signal: controller.signal, stop: () => undefined };
  const reason = new RequestFailure(28, `no complete answer within ${seconds} s`);
  const timer = setTimeout(() => controller.abort(reason), seconds * 1000);
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

const REASONS: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'there is no such socket',
  EACCES: 'this user may not use that socket',
  ENOTSOCK: 'this is no socket',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
};

function notConnected(peer: Peer, { code = '', message }: NodeJS.ErrnoException): RequestFailure {
  if ('host' in peer && /^(?:ENOTFOUND|EAI_)/.test(code)) {
    return new RequestFailure(6, `${peer.host} has no address (${code})`);
  }
  const reason = REASONS[code];
  const why = reason === undefined ? message : `${reason} (${code})`;
  return new RequestFailure(7, `cannot connect to ${peerName(peer)}: ${why}`);
}
