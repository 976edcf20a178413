import type { ASGIExtensions } from '@gatewire/interfaces';
import type { PathOptions } from '../path.js';

/** What every scope is built with. */
export interface CommonScopeOptions {
  /** As the scheme of `EnvironOptions`: what the client came by, where nobody here can know. A WebSocket's is `ws` or `wss`. */
  readonly scheme?: 'http' | 'https';
  /**
   * Bytes of the path that are no UTF-8. Default `replace`: U+FFFD, as uvicorn and hypercorn have it; `raw_path` has the
   * bytes. `escape` and `refuse` as in `utf8Text`.
   */
  readonly malformedPath?: 'replace' | 'escape' | 'refuse';
  /** What the application put into the state of its lifespan: each scope has a shallow copy. Default: no state. */
  readonly state?: Readonly<Record<string, unknown>>;
  /** What the server offers: each scope has a shallow copy. Default: none. */
  readonly extensions?: Readonly<ASGIExtensions>;
}

/** Options of {@link httpScope} and {@link websocketScope}. */
export interface ScopeOptions extends CommonScopeOptions, PathOptions {
  /** As in `EnvironOptions`; default `drop`. */
  readonly transferEncoding?: 'drop' | 'keep';
  /** As in `EnvironOptions`; default `strict`. */
  readonly contentLength?: 'strict' | 'unknown-as-absent';
}

/** Options of {@link scopeFromRequest}. */
export interface RequestScopeOptions extends CommonScopeOptions {
  /** Default `http`. */
  readonly type?: 'http' | 'websocket';
  /** Where the application is mounted, `''` or `/name`: `root_path`. A path outside is `ENVIRON_OUTSIDE_MOUNT`. */
  readonly scriptName?: string;
}
