// The scope: for every rule programs that keep it, and programs that break it and nothing else.
import { text } from './gateway.js';
import {
  BODY,
  http,
  httpIn,
  httpScope,
  lifespanScope,
  pair,
  run,
  serve,
  START,
  STARTED,
  STARTUP,
  STOPPED,
  SHUTDOWN,
  websocketIn,
} from './asgi-kit.js';
import type { ASGICase, ASGIProgram, Call, Loose } from './asgi-kit.js';

const answer: Call = async (send) => {
  await send(START);
  await send(BODY);
};

/** A scope that no spreading made. */
const scoped = (scope: Loose): ASGIProgram => run(scope, [], answer);

class Connection {
  readonly extra = 1;
}

const lifespanIn = (changes: Loose): ASGIProgram =>
  run(lifespanScope(changes), [STARTUP, SHUTDOWN], async (send, receive) => {
    await receive();
    await send(STARTED);
    await receive();
    await send(STOPPED);
  });

/** Two requests with these states. */
const stateful =
  (...states: Loose[]): ASGIProgram =>
  async (lint) => {
    const app = lint((async (_scope: unknown, _receive: unknown, send: never) => {
      await answer(send, null as never, {});
    }) as never);
    for (const state of states) await serve(app, httpScope({ state }));
  };

const shared = {};
const TLS = { server_cert: null, tls_version: 0x0304, cipher_suite: null };
const secure = (tls: unknown): Loose => ({ scheme: 'https', extensions: { tls } });

export const SCOPE_CASES: readonly ASGICase[] = [
  {
    rule: 'C1',
    good: [httpIn({}), scoped(Object.assign(Object.create(null) as Loose, httpScope()))],
    bad: [
      scoped(Object.freeze(httpScope())),
      scoped(Object.assign(new Connection(), httpScope())),
      scoped(Object.defineProperty(httpScope(), 'path', { get: () => '/', enumerable: true })),
      (lint) =>
        Promise.resolve(lint(() => Promise.resolve())(null as never, (() => 1) as never, (() => 1) as never)),
    ],
  },
  {
    rule: 'C2',
    good: [httpIn({ 'myapp.type': 1 })],
    bad: [httpIn({ type: '' }), httpIn({ type: undefined }), httpIn({ type: 1 })],
  },
  {
    rule: 'C3',
    good: [
      httpIn({ asgi: { version: '3.0' } }),
      lifespanIn({ asgi: { version: '2.0', spec_version: '1.0' } }),
    ],
    bad: [
      httpIn({ asgi: undefined }),
      httpIn({ asgi: { version: 3 } }),
      httpIn({ asgi: { version: '3.0', spec_version: 2.5 } }),
      lifespanIn({ asgi: {} }),
    ],
  },
  {
    rule: 'C4',
    good: ['1.0', '1.1', '2', '3']
      .map((version) => httpIn({ http_version: version }))
      .concat(websocketIn({ http_version: undefined })),
    bad: [
      httpIn({ http_version: undefined }),
      httpIn({ http_version: 'HTTP/1.1' }),
      httpIn({ http_version: 2 }),
    ],
  },
  {
    rule: 'C5',
    good: [httpIn({ method: 'PURGE' })],
    bad: [httpIn({ method: 'get' }), httpIn({ method: undefined }), httpIn({ method: 'G T' })],
  },
  {
    rule: 'C6',
    good: [httpIn({ scheme: 'https' }), httpIn({ scheme: undefined }), websocketIn({ scheme: 'wss' })],
    bad: [httpIn({ scheme: '' }), websocketIn({ scheme: null })],
  },
  {
    rule: 'C7',
    good: [httpIn({ path: '/?' })],
    bad: [httpIn({ path: text('/') }), websocketIn({ path: undefined })],
  },
  {
    rule: 'C8',
    good: [httpIn({ raw_path: null }), httpIn({ raw_path: undefined })],
    bad: [httpIn({ raw_path: '/' }), httpIn({ raw_path: text('/?a') })],
  },
  {
    rule: 'C9',
    good: [httpIn({ query_string: text('') }), websocketIn({ query_string: null })],
    bad: [
      httpIn({ query_string: 'a=1' }),
      httpIn({ query_string: undefined }),
      websocketIn({ query_string: '' }),
    ],
  },
  {
    rule: 'C10',
    good: [httpIn({ root_path: undefined }), httpIn({ root_path: '/app', path: '/app/x' })],
    bad: [
      httpIn({ root_path: '/' }),
      httpIn({ root_path: null }),
      httpIn({ root_path: '/app/', path: '/app/x' }),
    ],
  },
  {
    rule: 'C11',
    good: [httpIn({ headers: [] }), httpIn({ headers: [pair('a', 'b'), pair('a', 'c')] })],
    bad: [
      httpIn({ headers: undefined }),
      httpIn({ headers: { host: 'x' } }),
      httpIn({ headers: [['host', 'x']] }),
      httpIn({ headers: [[text('host')]] }),
      httpIn({ headers: [pair(':path', '/')] }),
      httpIn({ headers: [pair('', '/')] }),
    ],
  },
  {
    rule: 'C12',
    good: [httpIn({ headers: [pair('x-a', 'B')] })],
    bad: [httpIn({ headers: [pair('X-A', 'b')] })],
  },
  {
    rule: 'C13',
    good: [httpIn({ client: null }), httpIn({ client: undefined })],
    bad: [
      httpIn({ client: '127.0.0.1:1' }),
      httpIn({ client: ['127.0.0.1', '1'] }),
      httpIn({ client: ['/s', null] }),
    ],
  },
  {
    rule: 'C14',
    good: [httpIn({ server: null }), httpIn({ server: ['/run/app.sock', null] })],
    bad: [
      httpIn({ server: ['localhost'] }),
      httpIn({ server: ['localhost', '80'] }),
      httpIn({ server: ['x', 65536] }),
    ],
  },
  {
    rule: 'C15',
    good: [websocketIn({ subprotocols: undefined }), websocketIn({ subprotocols: new Set(['chat']) })],
    bad: [websocketIn({ subprotocols: 'chat' }), websocketIn({ subprotocols: [text('chat')] })],
  },
  {
    rule: 'C16',
    good: [stateful({}, {}), lifespanIn({ state: {} })],
    bad: [stateful(shared, shared), httpIn({ state: 'x' }), lifespanIn({ state: null })],
  },
  {
    rule: 'C17',
    good: [httpIn({ extensions: null }), httpIn({ extensions: { 'x.y': {} } })],
    bad: [httpIn({ extensions: ['tls'] }), httpIn({ extensions: { 'x.y': true } })],
  },
  {
    rule: 'C18',
    good: [httpIn(secure(TLS))],
    bad: [
      httpIn(secure({})),
      httpIn(secure({ ...TLS, cipher_suite: undefined })),
      httpIn(secure({ ...TLS, tls_version: 'TLSv1.3' })),
      httpIn({ extensions: { tls: TLS } }),
    ],
  },
  {
    rule: 'C19',
    good: [httpIn({ root_path: '/app', path: '/app' })],
    bad: [http([START, BODY], { root_path: '/app', path: '/x' })],
  },
];
