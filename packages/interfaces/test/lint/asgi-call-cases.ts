// The call: for every rule programs that keep it, and programs that break it and nothing else.
import type { ASGI3Application } from '@gatewire/interfaces';
import { BODY, given, httpIn, httpScope, run, serve, START } from './asgi-kit.js';
import type { ASGICase, ASGIProgram, Loose, Receive, Send } from './asgi-kit.js';

const REQUEST = { type: 'http.request' };

/** A call with other functions than a server gives. */
const called =
  (call: (app: (...args: unknown[]) => unknown, scope: Loose) => unknown): ASGIProgram =>
  async (lint) => {
    const app = lint((async (_scope: unknown, receive: Receive, send: Send) => {
      await receive();
      for (const event of [START, BODY]) await send(event);
    }) as never);
    await call(app as never, httpScope());
  };

const receive = (): Promise<unknown> => Promise.resolve(REQUEST);
const send = (): Promise<void> => Promise.resolve();

/** Keeps `send` and `receive`, and uses them later. */
const late =
  (use: (send: Send, receive: Receive) => Promise<unknown>): ASGIProgram =>
  async (lint) => {
    let kept: (() => Promise<unknown>) | undefined;
    const app = (async (_scope: unknown, receive: Receive, send: Send) => {
      kept = () => use(send, receive);
      for (const event of [START, BODY]) await send(event);
    }) as unknown as ASGI3Application;
    await serve(lint(app), httpScope(), [REQUEST]);
    await kept?.();
  };

export const CALL_CASES: readonly ASGICase[] = [
  {
    rule: 'P1',
    good: [called((app, scope) => app(scope, receive, send))],
    bad: [
      called((app, scope) => app(scope, receive, send, 1)),
      (lint) =>
        Promise.resolve(
          (lint(() => Promise.reject(new Error('broken'))) as (...args: unknown[]) => unknown)(
            httpScope(),
            receive,
          ),
        ),
    ],
  },
  {
    rule: 'P2',
    good: [httpIn({})],
    bad: [
      called((app, scope) => app(scope, () => REQUEST, send)),
      called((app, scope) => app(scope, receive, () => undefined)),
      called((app, scope) =>
        app(scope, receive, () => {
          throw new TypeError('at once');
        }),
      ),
    ],
  },
  {
    rule: 'P3',
    good: [httpIn({})],
    bad: [run(httpScope(), [], () => undefined), run(httpScope(), [], () => () => Promise.resolve())],
  },
  {
    rule: 'P4',
    good: [httpIn({})],
    bad: [
      run(httpScope(), [], async (send) => {
        for (const event of [START, BODY]) await send(event);
        return 200;
      }),
    ],
  },
  {
    rule: 'P5',
    good: [given(httpScope(), { ...REQUEST, more_body: true }, REQUEST)],
    bad: [
      run(httpScope(), [{ ...REQUEST, more_body: true }, REQUEST], async (send, receive) => {
        await Promise.all([receive(), receive()]);
        for (const event of [START, BODY]) await send(event);
      }),
    ],
  },
  {
    rule: 'P6',
    good: [run(httpScope(), [], (send) => Promise.all([send(START), send(BODY)]).then(() => undefined))],
    bad: [
      run(httpScope(), [], async (send) => {
        await send(START);
        void send(BODY);
      }),
    ],
  },
  {
    rule: 'P7',
    good: [
      run({ ...httpScope(), type: 'mail' }, [], async (send) => send({ type: 'mail.sent' })),
      (lint) =>
        run({ ...httpScope(), type: 'mail' }, [], () => Promise.reject(new TypeError('mail?')))(lint).catch(
          () => undefined,
        ),
    ],
    bad: [run({ ...httpScope(), type: 'mail' }, [], () => Promise.resolve())],
  },
  {
    rule: 'P8',
    good: [late(() => Promise.resolve())],
    bad: [late((_send, receive) => receive())],
  },
];
