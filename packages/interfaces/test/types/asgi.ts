import { asgiHeaders, defineApp, markAs } from '@gatewire/interfaces';
import type {
  ASGI2Application,
  ASGI3Application,
  ASGIApplication,
  ASGIExtensions,
  ASGIHeader,
  ASGIHeaders,
  ASGIMiddleware,
  ASGIReceiveEvent,
  ASGISendEvent,
  ASGIVersions,
  HTTPReceiveEvent,
  HTTPScope,
  HTTPSendEvent,
  INTERFACE,
  LifespanReceiveEvent,
  LifespanScope,
  LifespanSendEvent,
  Scope,
  TLSExtension,
  WebSocketReceiveSideEvent,
  WebSocketScope,
  WebSocketSendSideEvent,
  WWWScope,
} from '@gatewire/interfaces';
import { never, some, yes } from './expect.js';
import type { Same } from './expect.js';

const bytes = new Uint8Array(1);
const headers: ASGIHeader[] = [[bytes, bytes]];
const asgi: ASGIVersions = { version: '3.0', spec_version: '2.5' };

// Scopes: whole, with what is required only, and with undefined for what is optional.
export const http: HTTPScope = {
  type: 'http',
  asgi,
  http_version: '1.1',
  method: 'GET',
  scheme: 'https',
  path: '/app/x',
  raw_path: bytes,
  query_string: bytes,
  root_path: '/app',
  headers,
  client: ['127.0.0.1', 50000],
  server: ['/run/app.sock', null],
  state: { pool: 1 },
  extensions: { 'http.response.trailers': {}, 'acme.own': { a: 1 } },
  'acme.user': 'ada',
};
const least = { asgi: { version: '3.0' }, path: '/', headers: [] } as const;
export const small: HTTPScope = {
  ...least,
  type: 'http',
  http_version: '2',
  method: 'GET',
  query_string: bytes,
};
export const open: HTTPScope = {
  ...small,
  scheme: undefined,
  raw_path: null,
  client: null,
  server: undefined,
  state: undefined,
};
export const socket: WebSocketScope = {
  ...least,
  type: 'websocket',
  subprotocols: new Set(['chat']),
  query_string: null,
};
export const life: LifespanScope = { type: 'lifespan', asgi: { version: '2.0' }, state: {} };
export const tls: TLSExtension = { server_cert: null, tls_version: 0x0304, cipher_suite: null };
export const extensions: ASGIExtensions = { tls };
export const all: Scope[] = [http, socket, life];
export const web: WWWScope[] = [http, socket];

// @ts-expect-error the method is missing
export const s1: HTTPScope = { ...least, type: 'http', http_version: '2', query_string: bytes };
// @ts-expect-error the query is missing
export const s2: HTTPScope = { ...least, type: 'http', http_version: '2', method: 'GET' };
// @ts-expect-error the versions are missing
export const s3: LifespanScope = { type: 'lifespan' };
// @ts-expect-error no such version
export const s4: LifespanScope = { type: 'lifespan', asgi: { version: '4.0' } };
// @ts-expect-error a query is bytes
export const s5: HTTPScope = { ...small, query_string: 'a=1' };
// @ts-expect-error headers are pairs of bytes
export const s6: HTTPScope = { ...small, headers: [['host', 'x']] };
// @ts-expect-error a port is a number
export const s7: HTTPScope = { ...small, client: ['127.0.0.1', '1'] };
// @ts-expect-error only a server may have no port
export const s8: HTTPScope = { ...small, client: ['127.0.0.1', null] };
// @ts-expect-error a WebSocket has no method
export const s9: WebSocketScope = { ...least, type: 'websocket', method: 'GET' };
// @ts-expect-error a key of one's own has a dot
export const s10: HTTPScope = { ...small, user: 'ada' };
// @ts-expect-error the specification has no None for a path
export const s11: HTTPScope = { ...small, path: null };
// @ts-expect-error the certificate may be unknown, not missing
export const s12: TLSExtension = { tls_version: null, cipher_suite: null };

// Events: every one, as the specification has it.
export const received: (HTTPReceiveEvent | WebSocketReceiveSideEvent | LifespanReceiveEvent)[] = [
  { type: 'http.request' },
  { type: 'http.request', body: bytes, more_body: true },
  { type: 'http.disconnect' },
  { type: 'websocket.connect' },
  { type: 'websocket.receive', text: 'a' },
  { type: 'websocket.receive', bytes, text: null },
  { type: 'websocket.disconnect', code: 1005 },
  { type: 'websocket.disconnect', code: 1000, reason: null },
  { type: 'lifespan.startup' },
  { type: 'lifespan.shutdown' },
];
export const sent: (HTTPSendEvent | WebSocketSendSideEvent | LifespanSendEvent)[] = [
  { type: 'http.response.start', status: 200 },
  { type: 'http.response.start', status: 200, headers, trailers: true },
  { type: 'http.response.body' },
  { type: 'http.response.body', body: bytes, more_body: undefined },
  { type: 'http.response.trailers', headers, more_trailers: false },
  { type: 'http.response.pathsend', path: '/srv/file' },
  { type: 'http.response.zerocopysend', file: 3, offset: 0, count: 10, more_body: true },
  { type: 'http.response.push', path: '/a.css', headers: [] },
  { type: 'http.response.early_hint', links: new Set([bytes]) },
  { type: 'http.response.debug', info: { template: 'a' } },
  { type: 'websocket.accept' },
  { type: 'websocket.accept', subprotocol: null, headers: asgiHeaders({ a: 'b' }) },
  { type: 'websocket.send', bytes },
  { type: 'websocket.send', text: 'a', bytes: null },
  { type: 'websocket.close' },
  { type: 'websocket.close', code: 1000, reason: 'bye' },
  { type: 'websocket.http.response.start', status: 403, headers },
  { type: 'websocket.http.response.body', body: bytes, more_body: true },
  { type: 'lifespan.startup.complete' },
  { type: 'lifespan.startup.failed', message: 'no database' },
  { type: 'lifespan.shutdown.complete' },
  { type: 'lifespan.shutdown.failed' },
];
export const anyReceived: ASGIReceiveEvent[] = received;
export const anySent: ASGISendEvent[] = sent;

// @ts-expect-error the status is missing
export const e1: ASGISendEvent = { type: 'http.response.start' };
// @ts-expect-error a status is a number
export const e2: ASGISendEvent = { type: 'http.response.start', status: '200 OK' };
// @ts-expect-error a body is bytes
export const e3: ASGISendEvent = { type: 'http.response.body', body: 'text' };
// @ts-expect-error headers are bytes
export const e4: ASGISendEvent = { type: 'http.response.start', status: 200, headers: [['a', 'b']] };
// @ts-expect-error headers are no object
export const e5: ASGISendEvent = { type: 'http.response.start', status: 200, headers: { a: 'b' } };
// @ts-expect-error no such event
export const e6: ASGISendEvent = { type: 'http.response.bdy' };
// @ts-expect-error no such key
export const e7: ASGISendEvent = { type: 'http.response.body', moreBody: true };
// @ts-expect-error neither bytes nor text
export const e8: ASGISendEvent = { type: 'websocket.send' };
// @ts-expect-error both bytes and text
export const e9: ASGISendEvent = { type: 'websocket.send', bytes, text: 'a' };
// @ts-expect-error text is a string
export const e10: ASGISendEvent = { type: 'websocket.send', text: bytes };
// @ts-expect-error the code is missing
export const e11: ASGIReceiveEvent = { type: 'websocket.disconnect' };
// @ts-expect-error a server does not send http.response.start
export const e12: ASGIReceiveEvent = { type: 'http.response.start', status: 200 };
// @ts-expect-error an application does not send http.disconnect
export const e13: ASGISendEvent = { type: 'http.disconnect' };
// @ts-expect-error the specification has no None for a body
export const e14: ASGISendEvent = { type: 'http.response.body', body: null };
// @ts-expect-error the headers of a push are required
export const e15: ASGISendEvent = { type: 'http.response.push', path: '/' };

// Narrowing, to the end.
export function narrow(scope: HTTPScope | WebSocketScope | LifespanScope): string {
  switch (scope.type) {
    case 'http':
      return scope.method;
    case 'websocket':
      return [...(scope.subprotocols ?? [])].join();
    case 'lifespan':
      return scope.asgi.version;
    default:
      return never(scope);
  }
}

export function read(event: HTTPReceiveEvent | WebSocketReceiveSideEvent | LifespanReceiveEvent): number {
  switch (event.type) {
    case 'http.request':
      return event.body?.length ?? 0;
    case 'http.disconnect':
    case 'websocket.connect':
    case 'lifespan.startup':
    case 'lifespan.shutdown':
      return 0;
    case 'websocket.receive':
      if (event.text !== null && event.text !== undefined) {
        yes<Same<typeof event.text, string>>();
        return event.text.length;
      }
      yes<Same<typeof event.bytes, Uint8Array>>();
      return event.bytes.length;
    case 'websocket.disconnect':
      return event.code;
    default:
      return never(event);
  }
}

export function write(event: HTTPSendEvent | WebSocketSendSideEvent | LifespanSendEvent): unknown {
  switch (event.type) {
    case 'http.response.start':
    case 'websocket.http.response.start':
      return event.status;
    case 'http.response.body':
    case 'websocket.http.response.body':
      return event.body;
    case 'http.response.trailers':
      return event.more_trailers;
    case 'http.response.pathsend':
    case 'http.response.push':
      return event.path;
    case 'http.response.zerocopysend':
      return event.file;
    case 'http.response.early_hint':
      return event.links;
    case 'http.response.debug':
      return event.info;
    case 'websocket.accept':
      return event.subprotocol;
    case 'websocket.send':
      return event.bytes ?? event.text;
    case 'websocket.close':
      return event.code;
    case 'lifespan.startup.complete':
    case 'lifespan.shutdown.complete':
      return null;
    case 'lifespan.startup.failed':
    case 'lifespan.shutdown.failed':
      return event.message;
    default:
      return never(event);
  }
}

// The dispatcher gives each handler the events of its protocol.
export const app = defineApp({
  async http(scope, receive, send) {
    yes<Same<typeof scope, HTTPScope>>();
    yes<Same<Awaited<ReturnType<typeof receive>>, HTTPReceiveEvent>>();
    yes<Same<Parameters<typeof send>[0], HTTPSendEvent>>();
    // @ts-expect-error an event of another protocol
    await send({ type: 'lifespan.startup.complete' });
  },
  async websocket(scope, receive, send) {
    yes<Same<typeof scope, WebSocketScope>>();
    yes<Same<Awaited<ReturnType<typeof receive>>, WebSocketReceiveSideEvent>>();
    await send({ type: 'websocket.close' });
    // @ts-expect-error an event of another protocol
    await send({ type: 'http.response.body' });
  },
});
yes<Same<(typeof app)[typeof INTERFACE], 'asgi'>>();
// @ts-expect-error no such protocol
export const wrong = defineApp({ htp: () => Promise.resolve() });
// @ts-expect-error a handler returns a promise
export const sync = defineApp({ http: () => undefined });
// @ts-expect-error no such kind
export const kind = markAs(() => undefined, 'rack');
export const fetching = markAs({ fetch: () => 1 }, 'fetch').fetch();

// Applications and middleware.
export const plain: ASGI3Application = async (scope, receive, send) => {
  yes<Same<Awaited<ReturnType<typeof receive>>, ASGIReceiveEvent>>();
  if (scope.type === 'http') await send({ type: 'http.response.start', status: 200 });
};
export const generator: ASGIHeaders = (function* (): Generator<ASGIHeader> {
  yield [bytes, bytes];
})();
export const logged: ASGIMiddleware = (inner) => (scope, receive, send) =>
  inner({ ...scope, 'acme.seen': true }, receive, (event) => send(event));
export const wrapped: ASGI3Application = logged(logged(app));
export const older: ASGI2Application = (scope) => async (receive, send) => plain(scope, receive, send);
export const either: ASGIApplication[] = [older, plain];
// @ts-expect-error an application of two arguments of another kind
export const notASGI: ASGI3Application = (environ: string) => Promise.resolve(environ);
// @ts-expect-error a response is not returned
export const fetcher: ASGI3Application = () => Promise.resolve(new Uint8Array(1));
const list = ['a', 'b'].map(() => [bytes, some<Uint8Array>()]);
// @ts-expect-error what .map() makes of pairs are arrays, not pairs: hence asgiHeaders()
export const mapped: ASGIHeaders = list;
