// The order of events: for every rule programs that keep it, and programs that break it and nothing else.
import type { ASGI3Application } from '@gatewire/interfaces';
import {
  ACCEPT,
  BODY,
  CLOSE,
  CONNECT,
  given,
  http,
  httpScope,
  lifespan,
  lifespanScope,
  pair,
  run,
  serve,
  SHUTDOWN,
  START,
  STARTED,
  start,
  STARTUP,
  STOPPED,
  websocket,
  websocketScope,
  withExtensions,
} from './asgi-kit.js';
import type { ASGICase, ASGIProgram, Loose, Receive, Send } from './asgi-kit.js';
import { text } from './gateway.js';

const REQUEST = { type: 'http.request' };
const MORE = { ...BODY, more_body: true };
const TRAILERS = { type: 'http.response.trailers', headers: [pair('x-sum', '1')] };
const PATH = { type: 'http.response.pathsend', path: '/a' };
const HINT = { type: 'http.response.early_hint', links: [] };
const DEBUG = { type: 'http.response.debug', info: {} };
const PUSH = { type: 'http.response.push', path: '/a', headers: [] };
const ALL = withExtensions(
  ...[TRAILERS, PATH, HINT, DEBUG, PUSH].map(({ type }) => type),
  'http.response.zerocopysend',
  'websocket.http.response',
);
const every = (...events: unknown[]): ASGIProgram => http(events, ALL);

const DENY = { type: 'websocket.http.response.start', status: 403 };
const DENIED = { type: 'websocket.http.response.body', body: text('no') };
const RECEIVE = { type: 'websocket.receive', text: 'a' };
const SEND = { type: 'websocket.send', text: 'a' };
const deny = (...events: unknown[]): ASGIProgram => websocket(events, ALL);

/** An application that reads until the client has gone, and then sends; `send` of the server resolves as if nothing were. */
const deaf =
  (
    scope: Loose,
    events: readonly unknown[],
    call: (send: Send, receive: Receive) => Promise<unknown>,
  ): ASGIProgram =>
  async (lint) => {
    const waiting = [...events];
    const app = (async (_scope: unknown, receive: Receive, send: Send) => {
      await call(send, receive);
    }) as unknown as ASGI3Application;
    await lint(app)(
      scope as never,
      () => Promise.resolve(waiting.shift() as never),
      () => Promise.resolve(),
    );
  };

const readThenSend =
  (reads: number, ...events: unknown[]) =>
  async (send: Send, receive: Receive): Promise<void> => {
    for (let i = 0; i < reads; i++) await receive();
    for (const event of events) await send(event);
  };

/** A lifespan, and a request while it is at `steps`. */
const requestDuring =
  (steps: readonly unknown[], fails = false): ASGIProgram =>
  async (lint) => {
    const gate: { open?: () => void } = {};
    const app = lint((async ({ type }: Loose, receive: Receive, send: Send) => {
      if (type !== 'lifespan') return readThenSend(0, START, BODY)(send, receive);
      await receive();
      for (const step of steps) await send(step);
      if (fails) throw new TypeError('no lifespan here');
      await new Promise<void>((resolve) => (gate.open = resolve));
      if (steps.length === 0) await send(STARTED);
      return undefined;
    }) as never);
    const life = serve(app, lifespanScope(), [STARTUP]).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await serve(app, httpScope(), [REQUEST]).finally(() => gate.open?.());
    await life;
  };

const length = (value: string): Loose => ({ headers: [pair('content-length', value)] });

export const HTTP_CASES: readonly ASGICase[] = [
  {
    rule: 'H1',
    good: [every(HINT, DEBUG, HINT, START, BODY)],
    bad: [BODY, PATH, TRAILERS, PUSH].map((event) => every(event, START, BODY)),
  },
  {
    rule: 'H2',
    good: [http([START, BODY])],
    bad: [http([START, START, BODY]), http([START, MORE, START, BODY])],
  },
  {
    rule: 'H3',
    good: [every(START, PUSH, BODY)],
    bad: [
      http([START, BODY, BODY]),
      http([START, BODY, START]),
      every(START, PATH, BODY),
      every({ ...START, trailers: true }, BODY, TRAILERS, TRAILERS),
      every(START, BODY, PUSH),
    ],
  },
  {
    rule: 'H4',
    good: [every({ ...START, trailers: true }, BODY, { ...TRAILERS, more_trailers: true }, TRAILERS)],
    bad: [
      every(START, TRAILERS, BODY),
      every({ ...START, trailers: true }, MORE, TRAILERS, BODY, TRAILERS),
      every({ ...START, trailers: true }, BODY),
      every({ ...START, trailers: true }, BODY, BODY, TRAILERS),
    ],
  },
  {
    rule: 'H5',
    good: [
      every(START, PATH),
      every(START, { type: 'http.response.zerocopysend', file: 3, more_body: true }, BODY),
    ],
    bad: [every(START, MORE, PATH)],
  },
  {
    rule: 'H6',
    good: [every(DEBUG, HINT, HINT, START, BODY)],
    bad: [every(START, HINT, BODY), every(START, DEBUG, BODY), every(DEBUG, DEBUG, START, BODY)],
  },
  {
    rule: 'H7',
    good: [
      run(httpScope(), [REQUEST], async (_send, receive) => {
        await receive();
        await receive();
      }),
      run(httpScope(), [REQUEST], async (send, receive) => {
        await readThenSend(2)(send, receive);
        await send(START).catch(() => undefined);
      }),
    ],
    bad: [http([]), http([START]), http([START, MORE])],
  },
  {
    rule: 'H8',
    good: [
      start(length('3'), { ...MORE, body: text('ab') }, { ...BODY, body: text('c') }),
      http([{ ...START, ...length('3') }, BODY], { method: 'HEAD' }),
      http([{ ...START, ...length('3') }, PATH], ALL),
    ],
    bad: [
      start(length('3'), { ...BODY, body: text('ab') }),
      start(length('3'), { ...MORE, body: text('abcd') }, BODY),
      start(length('-1')),
      start(length('')),
      start({ headers: [pair('content-length', '0'), pair('content-length', '0')] }),
    ],
  },
  {
    rule: 'H9',
    good: [start({ status: 204 }), http([START, BODY], { method: 'HEAD' })],
    bad: [
      start({ status: 304 }, { ...BODY, body: text('x') }),
      http([START, { ...BODY, body: text('x') }], { method: 'HEAD' }),
    ],
  },
  {
    rule: 'H10',
    good: [
      given(httpScope(), { ...REQUEST, more_body: true }, REQUEST),
      deaf(
        httpScope(),
        [{ ...REQUEST, more_body: true }, { type: 'http.disconnect' }, { type: 'http.disconnect' }],
        readThenSend(3),
      ),
    ],
    bad: [
      given(httpScope(), REQUEST, REQUEST),
      deaf(httpScope(), [{ type: 'http.disconnect' }, REQUEST], readThenSend(2)),
    ],
  },
  {
    rule: 'H11',
    good: [
      deaf(
        { ...httpScope(), asgi: { version: '3.0', spec_version: '2.3' } },
        [{ type: 'http.disconnect' }],
        readThenSend(1, START, BODY),
      ),
      run(httpScope(), [], (send, receive) => readThenSend(1, START)(send, receive).catch(() => undefined)),
    ],
    bad: [deaf(httpScope(), [REQUEST, { type: 'http.disconnect' }], readThenSend(2, START, BODY))],
  },
];

export const WEBSOCKET_CASES: readonly ASGICase[] = [
  {
    rule: 'W1',
    good: [websocket([ACCEPT, SEND, CLOSE]), websocket([CLOSE]), deny(DENY, DENIED)],
    bad: [websocket([SEND, ACCEPT, CLOSE]), deny(DENIED, DENY, DENIED)],
  },
  { rule: 'W2', good: [websocket([ACCEPT])], bad: [websocket([ACCEPT, ACCEPT])] },
  {
    rule: 'W3',
    good: [websocket([ACCEPT, SEND, SEND, CLOSE])],
    bad: [websocket([ACCEPT, CLOSE, SEND]), websocket([CLOSE, ACCEPT]), websocket([ACCEPT, CLOSE, CLOSE])],
  },
  {
    rule: 'W4',
    good: [deny(DENY, { ...DENIED, more_body: true }, DENIED)],
    bad: [
      deny(DENY, CLOSE, DENIED),
      deny(DENY, DENIED, DENIED),
      deny(ACCEPT, DENY),
      deny(DENY, DENY, DENIED),
    ],
  },
  {
    rule: 'W5',
    good: [
      websocket([CLOSE]),
      run(websocketScope(), [CONNECT], async (_send, receive) => {
        await receive();
        await receive();
      }),
    ],
    bad: [websocket([]), deny(DENY), deny(DENY, { ...DENIED, more_body: true })],
  },
  {
    rule: 'W6',
    good: [given(websocketScope(), CONNECT, RECEIVE)],
    bad: [given(websocketScope(), RECEIVE, CONNECT), given(websocketScope(), CONNECT, CONNECT)],
  },
  {
    rule: 'W7',
    good: [given(websocketScope(), CONNECT, RECEIVE, RECEIVE)],
    bad: [
      deaf(websocketScope(), [CONNECT, RECEIVE], readThenSend(2, ACCEPT)),
      deaf(
        websocketScope(),
        [CONNECT, { type: 'websocket.disconnect', code: 1006 }, CONNECT],
        readThenSend(3),
      ),
    ],
  },
  {
    rule: 'W8',
    good: [
      deaf(
        { ...websocketScope(), asgi: { version: '3.0' } },
        [CONNECT, { type: 'websocket.disconnect', code: 1006 }],
        readThenSend(2, ACCEPT),
      ),
      run(websocketScope(), [CONNECT], async (send, receive) => {
        await readThenSend(1, ACCEPT, CLOSE)(send, receive);
        await receive();
      }),
    ],
    bad: [
      deaf(
        websocketScope(),
        [CONNECT, { type: 'websocket.disconnect', code: 1006 }],
        readThenSend(2, ACCEPT),
      ),
    ],
  },
];

export const LIFESPAN_CASES: readonly ASGICase[] = [
  {
    rule: 'L1',
    good: [lifespan([null, STARTED, null, STOPPED]), lifespan([null, { type: 'lifespan.startup.failed' }])],
    bad: [
      lifespan([null, STARTED, STARTED]),
      lifespan([null, STARTED, { type: 'lifespan.startup.failed' }]),
      lifespan([STARTED]),
    ],
  },
  {
    rule: 'L2',
    good: [lifespan([null, STARTED, null, { type: 'lifespan.shutdown.failed', message: 'x' }])],
    bad: [lifespan([null, STARTED, STOPPED]), lifespan([null, STARTED, null, STOPPED, STOPPED])],
  },
  {
    rule: 'L3',
    good: [lifespan([null, STARTED])],
    bad: [lifespan([null]), lifespan([null, STARTED, null])],
  },
  {
    rule: 'L4',
    good: [lifespan([null, STARTED, null, STOPPED])],
    bad: [lifespan([null, STARTED, null], [STARTUP, STARTUP]), lifespan([null], [SHUTDOWN])],
  },
  {
    rule: 'L5',
    good: [requestDuring([STARTED]), requestDuring([], true)],
    bad: [requestDuring([]), requestDuring([{ type: 'lifespan.startup.failed' }])],
  },
];
