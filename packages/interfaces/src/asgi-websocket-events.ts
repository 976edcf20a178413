// The events of ASGI's WebSocket protocol (www.rst 2.5), by asgiref's names.
import type { ASGIHeaders } from './asgi-scopes.js';

/** The client asks for the connection: answer with accept, close or a denial response. */
export interface WebSocketConnectEvent {
  type: 'websocket.connect';
}

/** Completes the handshake. */
export interface WebSocketAcceptEvent {
  type: 'websocket.accept';
  /** One of `scope.subprotocols`. */
  subprotocol?: string | null | undefined;
  /** Names in lower case, `sec-websocket-protocol` not among them. */
  headers?: ASGIHeaders | undefined;
}

/** A binary message. */
export interface WebSocketBytes {
  bytes: Uint8Array;
  text?: null | undefined;
}

/** A text message. */
export interface WebSocketText {
  text: string;
  bytes?: null | undefined;
}

/** A whole message from the client: `event.text != null` tells which of the two. */
export type WebSocketReceiveEvent = { type: 'websocket.receive' } & (WebSocketBytes | WebSocketText);

/** A whole message to the client. */
export type WebSocketSendEvent = { type: 'websocket.send' } & (WebSocketBytes | WebSocketText);

/** The connection is over. */
export interface WebSocketDisconnectEvent {
  type: 'websocket.disconnect';
  /** RFC 6455 §7.4: 1005 when the client's close frame had none, 1006 when there was no close frame. */
  code: number;
  reason?: string | null | undefined;
}

/** Closes the connection; before accept it denies the handshake with 403. */
export interface WebSocketCloseEvent {
  type: 'websocket.close';
  /** Missing means 1000. */
  code?: number | undefined;
  reason?: string | null | undefined;
}

/** Extension `websocket.http.response`: an HTTP response instead of accept. */
export interface WebSocketResponseStartEvent {
  type: 'websocket.http.response.start';
  status: number;
  headers?: ASGIHeaders | undefined;
}

/** Extension `websocket.http.response`: a piece of that response's body. */
export interface WebSocketResponseBodyEvent {
  type: 'websocket.http.response.body';
  body?: Uint8Array | undefined;
  more_body?: boolean | undefined;
}

/** What `receive` gives a WebSocket application. */
export type WebSocketReceiveSideEvent =
  WebSocketConnectEvent | WebSocketReceiveEvent | WebSocketDisconnectEvent;

/** What a WebSocket application may send. */
export type WebSocketSendSideEvent =
  | WebSocketAcceptEvent
  | WebSocketSendEvent
  | WebSocketCloseEvent
  | WebSocketResponseStartEvent
  | WebSocketResponseBodyEvent;
