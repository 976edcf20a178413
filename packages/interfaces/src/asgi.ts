// ASGI 3 applications (asgi.rst, "Applications"; lifespan.rst), by asgiref's names.
import type { HTTPReceiveEvent, HTTPSendEvent } from './asgi-http-events.js';
import type { HTTPScope, LifespanScope, WebSocketScope } from './asgi-scopes.js';
import type { WebSocketReceiveSideEvent, WebSocketSendSideEvent } from './asgi-websocket-events.js';

/** The server starts. */
export interface LifespanStartupEvent {
  type: 'lifespan.startup';
}

/** The server stops: no request is at work any more. */
export interface LifespanShutdownEvent {
  type: 'lifespan.shutdown';
}

/** Connections may be accepted. */
export interface LifespanStartupCompleteEvent {
  type: 'lifespan.startup.complete';
}

/** The server must not start. */
export interface LifespanStartupFailedEvent {
  type: 'lifespan.startup.failed';
  message?: string | undefined;
}

/** The process may end. */
export interface LifespanShutdownCompleteEvent {
  type: 'lifespan.shutdown.complete';
}

/** The process may end; the message is for the log. */
export interface LifespanShutdownFailedEvent {
  type: 'lifespan.shutdown.failed';
  message?: string | undefined;
}

/** What `receive` gives in a lifespan. */
export type LifespanReceiveEvent = LifespanStartupEvent | LifespanShutdownEvent;

/** What may be sent in a lifespan. */
export type LifespanSendEvent =
  | LifespanStartupCompleteEvent
  | LifespanStartupFailedEvent
  | LifespanShutdownCompleteEvent
  | LifespanShutdownFailedEvent;

/** Every protocol with its scope and its events. An interface, so that a protocol or an event can be added by merging. */
export interface ASGIProtocolMap {
  http: { scope: HTTPScope; receive: HTTPReceiveEvent; send: HTTPSendEvent };
  websocket: { scope: WebSocketScope; receive: WebSocketReceiveSideEvent; send: WebSocketSendSideEvent };
  lifespan: { scope: LifespanScope; receive: LifespanReceiveEvent; send: LifespanSendEvent };
}

/** The scope of any protocol: discriminated by `type`. */
export type Scope = ASGIProtocolMap[keyof ASGIProtocolMap]['scope'];

/** An event of any protocol that `receive` gives. */
export type ASGIReceiveEvent = ASGIProtocolMap[keyof ASGIProtocolMap]['receive'];

/** An event of any protocol that may be sent. */
export type ASGISendEvent = ASGIProtocolMap[keyof ASGIProtocolMap]['send'];

/** Resolves with the next event. */
export type ASGIReceiveCallable<E = ASGIReceiveEvent> = () => Promise<E>;

/**
 * Sends an event. Resolves when the server can take more; events keep their order without being awaited. Rejects when the
 * event is not allowed now or malformed, and when the client has gone; never throws.
 */
export type ASGISendCallable<E = ASGISendEvent> = (event: E) => Promise<void>;

/**
 * An ASGI application: called once for each HTTP request, each WebSocket and the lifespan. Must reject for a scope type
 * that it does not know.
 *
 * One type for all protocols: `scope.type` does not narrow what `receive` gives. {@link ASGIProtocolHandler} is narrowed.
 */
export type ASGI3Application = (
  scope: Scope,
  receive: ASGIReceiveCallable,
  send: ASGISendCallable,
) => Promise<void>;

/** An ASGI 2 application: called with the scope alone, it returns what is called with receive and send. */
export type ASGI2Application = (scope: Scope) => ASGI2Protocol;

/** The inner half of an {@link ASGI2Application}. */
export type ASGI2Protocol = (receive: ASGIReceiveCallable, send: ASGISendCallable) => Promise<void>;

/** Either. A server cannot tell them apart: whoever has the older one says so. */
export type ASGIApplication = ASGI2Application | ASGI3Application;

/** An application around an application. */
export type ASGIMiddleware = (app: ASGI3Application) => ASGI3Application;

/** The part of an application that handles one protocol. */
export type ASGIProtocolHandler<P extends keyof ASGIProtocolMap> = (
  scope: ASGIProtocolMap[P]['scope'],
  receive: ASGIReceiveCallable<ASGIProtocolMap[P]['receive']>,
  send: ASGISendCallable<ASGIProtocolMap[P]['send']>,
) => Promise<void>;
