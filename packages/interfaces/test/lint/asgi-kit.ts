// What the programs that keep and break the rules of ASGI are made of: a small server that keeps them, and scopes.
import type { ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope } from '@gatewire/interfaces';
import type { LintRuleId } from '@gatewire/interfaces/lint';
import { text } from './gateway.js';

export type ASGIProgram = (lint: (app: ASGI3Application) => ASGI3Application) => Promise<unknown>;

export interface ASGICase {
  readonly rule: LintRuleId;
  readonly good: readonly ASGIProgram[];
  readonly bad: readonly ASGIProgram[];
}

export type Loose = Record<string, unknown>;
export type Send = (event: unknown) => Promise<void>;
export type Receive = () => Promise<Loose>;
export type Call = (send: Send, receive: Receive, scope: Loose) => unknown;

const pair = (name: string, value: string): [Uint8Array, Uint8Array] => [text(name), text(value)];
export { pair };

export function httpScope(changes: Loose = {}): Loose {
  return {
    type: 'http',
    asgi: { version: '3.0', spec_version: '2.5' },
    http_version: '1.1',
    method: 'GET',
    scheme: 'http',
    path: '/caf\u00e9',
    raw_path: text('/caf%C3%A9'),
    query_string: text('a=1'),
    root_path: '',
    headers: [pair('host', 'localhost')],
    client: ['127.0.0.1', 50000],
    server: ['127.0.0.1', 80],
    ...changes,
  };
}

export function websocketScope(changes: Loose = {}): Loose {
  const { method, ...scope } = httpScope({ type: 'websocket', scheme: 'ws', subprotocols: ['chat', 'log'] });
  return { ...scope, ...(method === 'GET' ? changes : {}) };
}

export function lifespanScope(changes: Loose = {}): Loose {
  return { type: 'lifespan', asgi: { version: '3.0', spec_version: '2.0' }, ...changes };
}

export function withExtensions(...names: string[]): Loose {
  return { extensions: Object.fromEntries(names.map((name) => [name, {}])) };
}

const LAST: Loose = {
  http: { type: 'http.disconnect' },
  websocket: { type: 'websocket.disconnect', code: 1005 },
  lifespan: { type: 'lifespan.shutdown' },
};

/** An event with arrays for what may be another iterable. */
function listed(event: object): unknown {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]: [string, unknown]) => [
      key,
      key === 'headers' || key === 'links' ? [...(value as Iterable<unknown>)] : value,
    ]),
  );
}

/** Runs one call by the book: gives the events, then the last one again and again, after which `send` rejects. */
export async function serve(
  app: ASGI3Application,
  scope: Loose,
  events: readonly unknown[] = [],
): Promise<unknown[]> {
  const sent: unknown[] = [];
  const waiting = [...events];
  let gone = false;
  const receive = (async () => {
    await Promise.resolve();
    if (waiting.length > 0) return waiting.shift();
    gone = scope['type'] !== 'lifespan';
    return LAST[scope['type'] as string];
  }) as ASGIReceiveCallable;
  const send: ASGISendCallable = async (event) => {
    await Promise.resolve();
    if (gone) throw new Error('the client has gone');
    sent.push(listed(event));
  };
  await app(scope as unknown as Scope, receive, send);
  return sent;
}

/** A program: an application with a scope and events, on a server without fault unless they are. */
export const run =
  (scope: Loose, events: readonly unknown[], call: Call): ASGIProgram =>
  (lint) =>
    serve(
      lint(((given: unknown, receive: Receive, send: Send) => call(send, receive, given as Loose)) as never),
      scope,
      events,
    );

export const START = { type: 'http.response.start', status: 200 };
export const BODY = { type: 'http.response.body' };

/** An HTTP application that sends these events. */
export const http = (events: readonly unknown[], changes: Loose = {}): ASGIProgram =>
  run(httpScope(changes), [{ type: 'http.request' }], async (send) => {
    for (const event of events) await send(event);
  });

/** An application without fault in a scope that has one, or none. */
export const httpIn = (changes: Loose): ASGIProgram => http([START, BODY], changes);

/** A response with a head that has one fault, or none. */
export const start = (fields: Loose, ...body: unknown[]): ASGIProgram =>
  http([{ ...START, ...fields }, ...(body.length > 0 ? body : [BODY])]);

export const CONNECT = { type: 'websocket.connect' };
export const ACCEPT = { type: 'websocket.accept' };
export const CLOSE = { type: 'websocket.close' };

/** A WebSocket application that reads websocket.connect and sends these events. */
export const websocket = (events: readonly unknown[], changes: Loose = {}): ASGIProgram =>
  run(websocketScope(changes), [CONNECT], async (send, receive) => {
    await receive();
    for (const event of events) await send(event);
  });

export const websocketIn = (changes: Loose): ASGIProgram => websocket([ACCEPT, CLOSE], changes);

/** What a server gives, read by an application that has no other fault. */
export const given = (scope: Loose, ...events: unknown[]): ASGIProgram =>
  run(scope, events, async (send, receive) => {
    await receive();
    if (scope['type'] === 'websocket') await send(ACCEPT);
    for (let count = 1; count < events.length; count++) await receive();
    if (scope['type'] === 'websocket') await send(CLOSE);
    if (scope['type'] === 'http') for (const event of [START, BODY]) await send(event);
  });

export const STARTUP = { type: 'lifespan.startup' };
export const SHUTDOWN = { type: 'lifespan.shutdown' };
export const STARTED = { type: 'lifespan.startup.complete' };
export const STOPPED = { type: 'lifespan.shutdown.complete' };

/** A lifespan: `receive` where a step is `null`, `send` where it is an event. */
export const lifespan = (
  steps: readonly unknown[],
  events: readonly unknown[] = [STARTUP, SHUTDOWN],
): ASGIProgram =>
  run(lifespanScope(), events, async (send, receive) => {
    for (const step of steps) await (step === null ? receive() : send(step));
  });
