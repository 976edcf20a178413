import type { WSGIEnvironment } from '@gatewire/interfaces';

/** What a web server speaks to the application's server. */
export type Gateway = 'uwsgi' | 'fastcgi';

/** A request as a client sends it. */
export interface DemoRequest {
  readonly title: string;
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** Sent over each of these, in turn. */
  readonly over: readonly Gateway[];
}

/** What went one way over the connection between web server and application server. */
export interface Traffic {
  /** The beginning: as much as is shown. */
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

/** One request over one protocol, with everything that was seen of it. */
export interface DemoExchange {
  readonly gateway: Gateway;
  readonly request: DemoRequest;
  /** By the web server. */
  readonly sent: Traffic;
  /** By the application's server. */
  readonly returned: Traffic;
  /** As the application was called with it. */
  readonly environ: WSGIEnvironment;
  readonly answer: Answer;
  readonly timings: readonly Timing[];
}

/** One request over everything it was sent over, in that order. */
export type Scene = readonly DemoExchange[];
