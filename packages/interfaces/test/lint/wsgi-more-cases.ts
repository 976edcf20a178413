// What HTTP and JavaScript add: for every rule programs that keep it, and programs that break it and nothing else.
import type { WSGIBody } from '@gatewire/interfaces';
import { consume, environOf, PLAIN, text } from './gateway.js';
import { app, body, closing, environ, head, headers, lax, pieces, plain, server } from './wsgi-kit.js';
import type { WSGICase } from './wsgi-kit.js';

export const MORE_CASES: readonly WSGICase[] = [
  {
    rule: 'J1',
    good: [body(() => [text('12')], [['Content-Length', '2']])],
    bad: [
      headers(['Content-Length', '+0']),
      headers(['Content-Length', '']),
      headers(['Content-Length', '0'], ['content-length', '0']),
    ],
  },
  {
    rule: 'J2',
    good: [
      body(() => [text('12'), text('3')], [['Content-Length', '3']]),
      body(() => pieces(text('12'), text('3')), [['Content-Length', '3']]),
      app((start) => (start('200 OK', [...PLAIN, ['Content-Length', '3']]), []), { REQUEST_METHOD: 'HEAD' }),
    ],
    bad: [
      body(() => [text('12')], [['Content-Length', '3']]),
      body(() => pieces(text('12')), [['Content-Length', '3']]),
      body(() => [text('1234')], [['Content-Length', '3']]),
      body(() => pieces(text('12'), text('34'), text('5')), [['Content-Length', '3']]),
      app(async (start) => {
        await start('200 OK', [...PLAIN, ['Content-Length', '3']])(text('1234'));
        return [];
      }),
    ],
  },
  {
    rule: 'J3',
    good: [
      app((start) => (start('200 OK', PLAIN), [text('')]), { REQUEST_METHOD: 'HEAD' }),
      head('204 No Content', []),
    ],
    bad: [
      app(plain, { REQUEST_METHOD: 'HEAD' }),
      app((start) => (start('204 No Content', []), [text('x')])),
      app((start) => (start('304 Not Modified', []), pieces(text('x'), text('y')))),
    ],
  },
  {
    rule: 'J4',
    good: [
      app(async (start) => {
        const write = start('200 OK', PLAIN);
        await Promise.all([write(text('a')), write(text('b'))]);
        return [];
      }),
    ],
    bad: [app((start) => (void start('200 OK', PLAIN)(text('a')), []))],
  },
  {
    rule: 'J5',
    good: [environ({})],
    bad: [
      server((app) => app(environOf(), (() => undefined) as never)),
      server(
        (app) => app(environOf(), (() => () => undefined) as never),
        async (start) => (await start('200 OK', PLAIN)(text('x')), []),
      ),
    ],
  },
  {
    rule: 'J6',
    good: [app(closing)],
    bad: [
      server(async (app) => {
        const body = (await app(environOf(), lax)) as Iterable<Uint8Array>;
        body[Symbol.iterator]().return?.();
        await consume(body as WSGIBody, () => undefined);
      }, closing),
    ],
  },
];
