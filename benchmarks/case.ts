/** One way to do the work of a case. */
export interface Peer {
  readonly name: string;
  /** Prepares the input once and returns the work: one call is one operation. */
  prepare(): () => unknown;
}

/** The same work done by several peers. The first is ours; the ratios compare it with each of the others. */
export interface Case {
  readonly name: string;
  /** What every peer has done when one operation is over. */
  readonly work: string;
  readonly peers: readonly [Peer, ...Peer[]];
}
