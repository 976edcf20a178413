import type { RequestBody } from './body.js';
import type { Delivery } from './delivery.js';
import type { Overrides } from './params.js';
import type { Trace } from './trace.js';

/** A request that is ready to be sent. Text is Latin-1, one character per byte. */
export interface OutgoingRequest {
  readonly method: string;
  /** `/path?query`. */
  readonly target: string;
  /** Flat, without Content-Length. */
  readonly headers: readonly string[];
  /** `null`: there is none, which is not the same as an empty one. */
  readonly body: RequestBody | null;
  /** Variables that are set by hand, the last ones win. */
  readonly params: Overrides;
  readonly script: string | undefined;
  readonly documentRoot: string | undefined;
  readonly modifier1: number;
  readonly modifier2: number;
}

/** Where everything about a request goes. */
export interface Outputs {
  readonly delivery: Delivery;
  readonly trace: Trace;
  /** Something to tell the user, on stderr. */
  readonly warn: (text: string) => void;
  /** Bytes that the application wrote for the log, to stderr as they are. */
  readonly log: (bytes: Uint8Array) => void;
}
