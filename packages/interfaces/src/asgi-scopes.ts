// The scopes of ASGI 3 (asgi.rst, www.rst 2.5, lifespan.rst 2.0, tls.rst 0.2) in TypeScript, by asgiref's names. Bytes are
// Uint8Array. An optional key may be missing or undefined; null stands only where the specification has None.

/** One header: name and value as bytes. A list keeps order and repeats. Names are lower case. */
export type ASGIHeader = readonly [name: Uint8Array, value: Uint8Array];

/** Headers that an application gives: may be read only once, as a generator may. */
export type ASGIHeaders = Iterable<ASGIHeader>;

/** `scope.asgi`. */
export interface ASGIVersions {
  version: '2.0' | '3.0';
  /** Of the sub-specification: HTTP and WebSocket `2.5`, lifespan `2.0`. Missing means the first one. */
  spec_version?: string | undefined;
}

/** Host and port of a peer. */
export type ASGIClient = readonly [host: string, port: number];

/** Host and port of the server, or the path of a unix socket and null. */
export type ASGIServer = readonly [host: string, port: number | null];

/** `scope.extensions.tls` (tls.rst): what is known of the TLS connection; null is unknown. */
export interface TLSExtension {
  server_cert: string | null;
  client_cert_chain?: Iterable<string> | undefined;
  client_cert_name?: string | null | undefined;
  client_cert_error?: string | null | undefined;
  /** As in the record layer: `0x0304` is TLS 1.3. */
  tls_version: number | null;
  cipher_suite: number | null;
}

/** An extension without data of its own: that the key is there is the message. */
export type ASGIExtension = Record<string, unknown>;

/** `scope.extensions`: what the server offers beyond the specification's base. Merge declarations to add one's own. */
export interface ASGIExtensions {
  'websocket.http.response'?: ASGIExtension | undefined;
  'http.response.push'?: ASGIExtension | undefined;
  'http.response.zerocopysend'?: ASGIExtension | undefined;
  'http.response.pathsend'?: ASGIExtension | undefined;
  'http.response.early_hint'?: ASGIExtension | undefined;
  'http.response.trailers'?: ASGIExtension | undefined;
  'http.response.debug'?: ASGIExtension | undefined;
  tls?: TLSExtension | undefined;
  [name: string]: ASGIExtension | TLSExtension | undefined;
}

/** What the scopes of HTTP and WebSocket have in common (www.rst). */
export interface WWWScopeBase {
  asgi: ASGIVersions;
  /** Percent-decoded and UTF-8-decoded, without the query; it includes `root_path`. */
  path: string;
  /** As received, without the query. */
  raw_path?: Uint8Array | null | undefined;
  /** Where the application is mounted: the same as SCRIPT_NAME. Missing means `''`. */
  root_path?: string | undefined;
  /** In the order they came, repeats kept. */
  headers: readonly ASGIHeader[];
  client?: ASGIClient | null | undefined;
  server?: ASGIServer | null | undefined;
  /** A shallow copy of what the application put into the lifespan's state. Missing: the server has no state. */
  state?: Record<string, unknown> | undefined;
  extensions?: ASGIExtensions | null | undefined;
  /** Keys of servers and middleware, dotted: `myapp.session`. */
  [key: `${string}.${string}`]: unknown;
}

/** One HTTP request (www.rst, "HTTP Connection Scope"). */
export interface HTTPScope extends WWWScopeBase {
  type: 'http';
  http_version: string;
  /** Upper case. */
  method: string;
  /** Missing means `http`. */
  scheme?: string | undefined;
  /** Percent-encoded, without the question mark. */
  query_string: Uint8Array;
}

/** One WebSocket connection (www.rst, "Websocket Connection Scope"). */
export interface WebSocketScope extends WWWScopeBase {
  type: 'websocket';
  /** Missing means `1.1`. */
  http_version?: string | undefined;
  /** Missing means `ws`. */
  scheme?: string | undefined;
  query_string?: Uint8Array | null | undefined;
  /** What the client offers, in its order of preference. */
  subprotocols?: Iterable<string> | undefined;
}

/** The life of the server process (lifespan.rst). */
export interface LifespanScope {
  type: 'lifespan';
  asgi: ASGIVersions;
  /** Empty; what the application puts into it, every later scope has. Missing: the server has no state. */
  state?: Record<string, unknown> | undefined;
  [key: `${string}.${string}`]: unknown;
}

/** A scope that comes with a request. */
export type WWWScope = HTTPScope | WebSocketScope;
