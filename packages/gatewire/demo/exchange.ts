import type { WSGIEnvironment } from '@gatewire/interfaces';

/** A request as a client sends it. */
export interface DemoRequest {
  readonly title: string;
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** What the web server sent over its uwsgi connection. */
export interface Sent {
  /** The beginning: the packet, and the first bytes of the body. */
  readonly start: Uint8Array;
  /** Bytes in all. */
  readonly size: number;
  /** In how many pieces they were read. */
  readonly reads: number;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** A duration in milliseconds, and of what. */
export type Timing = readonly [what: string, ms: number];

/** One request with everything that was seen of it. */
export interface DemoExchange {
  readonly request: DemoRequest;
  readonly sent: Sent;
  /** As the application was called with it. */
  readonly environ: WSGIEnvironment;
  readonly answer: Answer;
  readonly timings: readonly Timing[];
}
