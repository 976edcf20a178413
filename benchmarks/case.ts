import type { External } from './external.js';
import type { Served } from './socket.js';

/** One way to do the work of a case, in this language. */
export interface Peer {
  readonly name: string;
  /** Prepares the input once and returns the work: one call is one operation, over when its promise resolves, if any. */
  prepare(): () => unknown;
}

/** The same in another language, in a program of its own. */
export interface ExternalPeer {
  readonly name: string;
  readonly external: External;
}

/** A server at a unix socket, kept busy by a program of its own. What it costs is the CPU time of the server alone. */
export interface ServedPeer {
  readonly name: string;
  readonly served: Served;
}

export type AnyPeer = Peer | ExternalPeer | ServedPeer;

/** The same work done by several peers. The first is ours; the ratios compare it with each of the others. */
export interface Case {
  readonly name: string;
  /** What every peer has done when one operation is over. */
  readonly work: string;
  readonly peers: readonly [AnyPeer, ...AnyPeer[]];
}

/** The peers that run in this language. */
export function ownPeers(peers: Case['peers']): Peer[] {
  return peers.filter((peer) => 'prepare' in peer);
}
