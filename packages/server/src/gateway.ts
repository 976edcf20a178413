// What the connections of the gateway protocols have in common: everything but the bytes.
import type { Protocol } from './options.js';

/** A request on a connection. Flat pairs in wire order; `contentLength` is null when the protocol frames the body. */
export interface GatewayRequest {
  readonly kind: 'request';
  readonly requestId: number;
  readonly pairs: readonly string[];
  readonly contentLength: number | null;
}

/** What a codec reports of a connection. Both codecs use these words; each has more to say, which nobody here needs. */
export type GatewayEvent =
  | GatewayRequest
  | { readonly kind: 'body'; readonly requestId: number; readonly data: Uint8Array }
  | { readonly kind: 'bodyEnd' | 'abort'; readonly requestId: number };

/** The application side of a connection, without I/O: `UwsgiApplication`, `FcgiApplication`. */
export interface GatewayCodec {
  receive(chunk: Uint8Array): void;
  next(): GatewayEvent | null;
  finish(): void;
}

/** What the peer did wrong. */
export interface PeerError extends Error {
  readonly code: string;
  readonly offset: number;
}

/** How a response becomes bytes. */
export interface Framing {
  /** A status line, or a Status field. */
  readonly form: 'http' | 'cgi';
  /** Bytes around a piece of the response, head included; the piece itself is not copied. */
  data(piece: Uint8Array): Uint8Array[];
  /** Bytes after the last piece. */
  end(): Uint8Array[];
  /** Bytes that answer a request which the web server gave up, or null when only the end of the connection does. */
  abort(): Uint8Array[] | null;
  /** Bytes that show a response to be cut off where a closed connection alone would not. */
  spoil(): Uint8Array[];
}

/** One protocol on one connection. */
export interface Gateway {
  readonly protocol: Protocol;
  readonly codec: GatewayCodec;
  framing(request: GatewayRequest): Framing;
  /** What the codec owes the peer beside the responses. */
  takeReplies(): Uint8Array[];
  /**
   * The bytes at hand behind a request, for whoever takes the connection over after a 101; to be called when the request is
   * reported. Null where the web server does not pass bytes on in both directions.
   */
  readonly behind: (() => Uint8Array) | null;
  /** Whether a request has begun and is not over, told of or not. */
  readonly begun: boolean;
  /** Whether the connection ends when no request is at work. */
  readonly shouldClose: boolean;
  /** The error as the peer's, or null when it is our own. */
  peerError(error: unknown): PeerError | null;
  /** The HTTP status that tells a peer which sent no request what it did wrong; null when it would not understand. */
  answerTo(error: PeerError): number | null;
}
