// What events hold: for every rule programs that keep it, and programs that break it and nothing else.
import {
  ACCEPT,
  BODY,
  CLOSE,
  CONNECT,
  given,
  http,
  httpScope,
  lifespan,
  pair,
  run,
  START,
  start,
  websocket,
  websocketScope,
  withExtensions,
} from './asgi-kit.js';
import type { ASGICase, ASGIProgram, Loose } from './asgi-kit.js';
import { text } from './gateway.js';

const REQUEST = { type: 'http.request' };

const extended = (name: string, ...events: unknown[]): ASGIProgram => http(events, withExtensions(name));

const PUSH = 'http.response.push';
const FILE = 'http.response.pathsend';
const COPY = 'http.response.zerocopysend';
const HINT = 'http.response.early_hint';
const DEBUG = 'http.response.debug';
const copy = (fields: Loose): ASGIProgram => extended(COPY, START, { type: COPY, file: 3, ...fields });
const message = (fields: Loose): ASGIProgram =>
  websocket([ACCEPT, { type: 'websocket.send', ...fields }, CLOSE]);
const close = (fields: Loose): ASGIProgram => websocket([ACCEPT, { ...CLOSE, ...fields }]);
const accept = (fields: Loose, changes: Loose = {}): ASGIProgram =>
  websocket([{ ...ACCEPT, ...fields }, CLOSE], changes);

export const EVENT_CASES: readonly ASGICase[] = [
  {
    rule: 'M1',
    good: [http([{ ...START, 'myapp.extra': 1 }, BODY])],
    bad: [null, 'http.response.body', { status: 200 }, { type: 1 }].map((event) =>
      http([START, event, BODY]),
    ),
  },
  {
    rule: 'M2',
    good: [extended('myapp.metrics', START, { type: 'myapp.metrics' }, BODY)],
    bad: [
      http([START, { type: 'http.response.bdy' }, BODY]),
      http([START, { type: 'lifespan.startup.complete' }, BODY]),
      http([START, { type: 'toString' }, BODY]),
      websocket([ACCEPT, BODY, CLOSE]),
    ],
  },
  {
    rule: 'M3',
    good: [http([START, { ...BODY, body: Buffer.from('x') }])],
    bad: [
      'text',
      text('x').buffer,
      null,
      [1],
      new DataView(text('x').buffer),
      Promise.resolve(text('x')),
    ].map((body) => http([START, { ...BODY, body }])),
  },
  {
    rule: 'M4',
    good: [http([START, { ...BODY, more_body: true }, { ...BODY, more_body: undefined }])],
    bad: [http([START, { ...BODY, more_body: 0 }]), start({ trailers: null })],
  },
  {
    rule: 'M5',
    good: [start({ status: 999 })],
    bad: ['200', 200.5, 103, 1000, undefined].map((status) => start({ status })),
  },
  {
    rule: 'M6',
    good: [
      start({ headers: [pair('a', 'b')] }),
      start({ headers: new Set([pair('a', 'b')]) }),
      start({ headers: { [Symbol.iterator]: () => [pair('a', 'b')].values() } }),
    ],
    bad: [
      start({ headers: { a: 'b' } }),
      start({ headers: [['a', 'b']] }),
      start({ headers: [[text('a'), 'b']] }),
      start({ headers: [[text('a')]] }),
      start({ headers: new Map([['a', 'b']]) }),
      start({ headers: 'a: b' }),
      extended(PUSH, START, { type: PUSH, path: '/a' }, BODY),
    ],
  },
  {
    rule: 'M7',
    good: [start({ headers: [pair('x-!#$', 'a\tb'), [text('x-b'), Uint8Array.of(0xff)]] })],
    bad: [
      start({ headers: [pair('X-A', 'b')] }),
      start({ headers: [pair(':status', '200')] }),
      start({ headers: [pair('x a', 'b')] }),
      start({ headers: [pair('', 'b')] }),
      start({ headers: [pair('x-a', 'b\r\nx-b: c')] }),
      start({ headers: [pair('x-a', 'b\0')] }),
      accept({ headers: [pair('X-A', 'b')] }),
    ],
  },
  {
    rule: 'M8',
    good: [start({ headers: [pair('set-cookie', 'a=1'), pair('set-cookie', 'b=2')] })],
    bad: [
      start({ headers: [pair('transfer-encoding', 'chunked')] }),
      start({ headers: [pair('connection', 'close')] }),
    ],
  },
  {
    rule: 'M9',
    good: [
      accept({ subprotocol: 'chat' }),
      accept({ subprotocol: null }),
      accept({ subprotocol: 'x' }, { subprotocols: new Set(['x']) }),
    ],
    bad: [
      accept({ subprotocol: 'other' }),
      accept({ subprotocol: text('chat') }),
      accept({ headers: [pair('sec-websocket-protocol', 'chat')] }),
    ],
  },
  {
    rule: 'M10',
    good: [message({ text: '' }), message({ bytes: text('') }), message({ text: null, bytes: text('x') })],
    bad: [
      message({}),
      message({ text: null, bytes: null }),
      message({ text: 'a', bytes: text('a') }),
      message({ text: text('a') }),
      message({ bytes: 'a' }),
    ],
  },
  {
    rule: 'M11',
    good: [
      close({ code: 1000 }),
      close({ code: 4999, reason: 'x'.repeat(123) }),
      close({ code: 1012, reason: null }),
    ],
    bad: [
      ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, '1000', null].map((code) => close({ code })),
      close({ reason: '\u20ac'.repeat(42) }),
      close({ reason: text('bye') }),
    ],
  },
  {
    rule: 'M12',
    good: [lifespan([null, { type: 'lifespan.startup.failed', message: 'no database' }])],
    bad: [lifespan([null, { type: 'lifespan.startup.failed', message: new Error('no database') }])],
  },
];

export const EXTENSION_CASES: readonly ASGICase[] = [
  {
    rule: 'X1',
    good: [extended(HINT, { type: HINT, links: [text('</a>; rel=preload')] }, START, BODY)],
    bad: [
      http([{ type: HINT, links: [] }, START, BODY]),
      http([START, { type: FILE, path: '/a' }]),
      http([START, { type: PUSH, path: '/a', headers: [] }, BODY]),
      websocket([
        { type: 'websocket.http.response.start', status: 403 },
        { type: 'websocket.http.response.body' },
      ]),
      start({ trailers: true }, BODY, { type: 'http.response.trailers', headers: [] }),
    ],
  },
  {
    rule: 'X2',
    good: [
      extended(FILE, START, { type: FILE, path: '/a' }),
      extended(PUSH, START, { type: PUSH, path: '/a', headers: [] }, BODY),
    ],
    bad: [
      extended(FILE, START, { type: FILE, path: 'a' }),
      extended(PUSH, START, { type: PUSH, path: 1, headers: [] }, BODY),
    ],
  },
  {
    rule: 'X3',
    good: [copy({}), copy({ offset: 0, count: 10 })],
    bad: [copy({ file: undefined }), copy({ offset: -1 }), copy({ count: '1' })],
  },
  {
    rule: 'X4',
    good: [extended(HINT, { type: HINT, links: new Set([text('</a>')]) }, START, BODY)],
    bad: [
      extended(HINT, { type: HINT, links: ['</a>'] }, START, BODY),
      extended(HINT, { type: HINT }, START, BODY),
    ],
  },
  {
    rule: 'X5',
    good: [extended(DEBUG, { type: DEBUG, info: { template: 'a' } }, START, BODY)],
    bad: [extended(DEBUG, { type: DEBUG, info: 'a' }, START, BODY)],
  },
];

export const RECEIVED_CASES: readonly ASGICase[] = [
  {
    rule: 'R1',
    good: [given(httpScope(), REQUEST)],
    bad: [given(httpScope(), null), given(httpScope(), { type: 'http.reqest' }), given(httpScope(), CONNECT)],
  },
  {
    rule: 'R2',
    good: [given(httpScope(), { ...REQUEST, body: text('x'), more_body: false })],
    bad: [given(httpScope(), { ...REQUEST, body: 'x' }), given(httpScope(), { ...REQUEST, more_body: 1 })],
  },
  {
    rule: 'R3',
    good: [given(websocketScope(), CONNECT, { type: 'websocket.receive', text: 'a', bytes: null })],
    bad: [
      given(websocketScope(), CONNECT, { type: 'websocket.receive' }),
      given(websocketScope(), CONNECT, { type: 'websocket.receive', bytes: 'a' }),
    ],
  },
  {
    rule: 'R4',
    good: [
      run(
        websocketScope(),
        [CONNECT, { type: 'websocket.disconnect', code: 1005, reason: null }],
        async (_, receive) => {
          await receive();
          await receive();
        },
      ),
    ],
    bad: [{ code: undefined }, { code: '1005' }, { code: 1000, reason: 1 }].map((fields) =>
      run(websocketScope(), [CONNECT, { type: 'websocket.disconnect', ...fields }], async (_, receive) => {
        await receive();
        await receive();
      }),
    ),
  },
];
