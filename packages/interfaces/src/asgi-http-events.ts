// The events of ASGI's HTTP protocol (www.rst 2.5) and of its extensions (extensions.rst), by asgiref's names.
import type { ASGIHeaders } from './asgi-scopes.js';

/** A piece of the request body. */
export interface HTTPRequestEvent {
  type: 'http.request';
  /** Missing means empty. */
  body?: Uint8Array | undefined;
  /** Missing means false: this is the last piece. */
  more_body?: boolean | undefined;
}

/** The client has gone, or the response is complete. */
export interface HTTPDisconnectEvent {
  type: 'http.disconnect';
}

/** Status and headers. Sent no earlier than the first body event. */
export interface HTTPResponseStartEvent {
  type: 'http.response.start';
  status: number;
  /** Names in lower case. Missing means none. */
  headers?: ASGIHeaders | undefined;
  /** Whether trailers follow the body; needs the extension `http.response.trailers`. */
  trailers?: boolean | undefined;
}

/** A piece of the response body. */
export interface HTTPResponseBodyEvent {
  type: 'http.response.body';
  /** Missing means empty. */
  body?: Uint8Array | undefined;
  /** Missing means false: this is the last piece. */
  more_body?: boolean | undefined;
}

/** Extension `http.response.trailers`: fields after the body. */
export interface HTTPResponseTrailersEvent {
  type: 'http.response.trailers';
  headers: ASGIHeaders;
  more_trailers?: boolean | undefined;
}

/** Extension `http.response.pathsend`: a file as the whole body. */
export interface HTTPResponsePathsendEvent {
  type: 'http.response.pathsend';
  /** Absolute. */
  path: string;
}

/** Extension `http.response.zerocopysend`: bytes of an open file. The application closes it. */
export interface HTTPResponseZeroCopySendEvent {
  type: 'http.response.zerocopysend';
  /** A file descriptor, or what the server documents. */
  file: unknown;
  /** In bytes. Missing: from the file's position. */
  offset?: number | undefined;
  /** In bytes. Missing: to the file's end. */
  count?: number | undefined;
  more_body?: boolean | undefined;
}

/** Extension `http.response.push`. */
export interface HTTPServerPushEvent {
  type: 'http.response.push';
  path: string;
  headers: ASGIHeaders;
}

/** Extension `http.response.early_hint`: `Link` values for a 103, before `http.response.start`. */
export interface HTTPResponseEarlyHintEvent {
  type: 'http.response.early_hint';
  links: Iterable<Uint8Array>;
}

/** Extension `http.response.debug`: for test tools. */
export interface HTTPResponseDebugEvent {
  type: 'http.response.debug';
  info: Record<string, unknown>;
}

/** What `receive` gives an HTTP application. */
export type HTTPReceiveEvent = HTTPRequestEvent | HTTPDisconnectEvent;

/** What an HTTP application may send; all but the first two need the extension that they belong to. */
export type HTTPSendEvent =
  | HTTPResponseStartEvent
  | HTTPResponseBodyEvent
  | HTTPResponseTrailersEvent
  | HTTPResponsePathsendEvent
  | HTTPResponseZeroCopySendEvent
  | HTTPServerPushEvent
  | HTTPResponseEarlyHintEvent
  | HTTPResponseDebugEvent;
