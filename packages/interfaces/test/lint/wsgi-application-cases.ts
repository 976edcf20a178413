// What applications owe: for every rule programs that keep it, and programs that break it and nothing else.
import { Readable } from 'node:stream';
import type { WSGIBody, WSGIEnvironment } from '@gatewire/interfaces';
import { consume, environOf, PLAIN, text } from './gateway.js';
import {
  app,
  body,
  consumed,
  environ,
  head,
  headers,
  lax,
  pieces,
  reading,
  restarting,
  server,
} from './wsgi-kit.js';
import type { WSGICase } from './wsgi-kit.js';

class Environ {
  readonly CLASS = 'x';
}

export const APPLICATION_CASES: readonly WSGICase[] = [
  {
    rule: 'A1',
    good: [environ({})],
    bad: [
      server((app) =>
        consume((app as (...args: unknown[]) => WSGIBody)(environOf(), lax, 1), () => undefined),
      ),
      server((app) => app(environOf(), null as never)),
    ],
  },
  {
    rule: 'A2',
    good: [
      server((app) => app({ ...environOf() }, lax)),
      server((app) => app(Object.assign(Object.create(null) as WSGIEnvironment, environOf()), lax)),
      server((app) =>
        app(
          Object.defineProperty(environOf(), 'X', { get: () => 'x', set: () => undefined, enumerable: true }),
          lax,
        ),
      ),
    ],
    bad: [
      server((app) => app(Object.freeze(environOf()), lax)),
      server((app) => app(Object.assign(new Environ(), environOf()), lax)),
      server((app) =>
        app(Object.defineProperty(environOf(), 'X', { get: () => 'x', enumerable: true }), lax),
      ),
      server((app) => app(Object.defineProperty(environOf(), 'X', { value: 'x', writable: true }), lax)),
      server((app) => app(undefined as never, lax)),
    ],
  },
  {
    rule: 'A3',
    good: [
      app(function* (start) {
        start('200 OK', PLAIN);
        yield text('x');
      }),
      app(function* (start) {
        yield text('');
        start('200 OK', PLAIN);
        yield text('x');
      }),
    ],
    bad: [
      app(() => [text('x')]),
      app(() => []),
      app(() => pieces(text(''))),
      app(function* (start) {
        yield text('x');
        start('200 OK', PLAIN);
      }),
    ],
  },
  {
    rule: 'A4',
    good: [app((start) => (start('200 OK', PLAIN, undefined), []))],
    bad: [app((start) => ((start as (...args: unknown[]) => unknown)('200 OK', PLAIN, undefined, 1), []))],
  },
  {
    rule: 'A5',
    good: [head('200 OK'), head('404 Not Found, \u00e9')],
    bad: [
      head(200),
      head('200'),
      head('200 '),
      head('200OK'),
      head(' 200 OK'),
      head('200 OK '),
      head('200 OK\r\nX: y'),
      head('200 O\tK'),
      head('200 OK\x7f'),
      head('20 OK'),
      head('103 Early Hints'),
      head('099 Low'),
    ],
  },
  {
    rule: 'A6',
    good: [headers(['X-A', ''], ['x!#$%&', '\u00ff'])],
    bad: [
      head('200 OK', 'Content-Type: text/plain'),
      head('200 OK', { 'Content-Type': 'text/plain' }),
      head('200 OK', new Headers({ 'Content-Type': 'text/plain' })),
      headers('X-A', 'b'),
      headers(['X-A', 'b', 'c']),
      headers(['X-A', 1]),
      headers(['X A', 'b']),
      headers(['X-A:', 'b']),
      headers(['', 'b']),
      headers(['X-A', 'b\r\nX-B: c']),
      headers(['X-A', 'b\0']),
      headers(['X-A', 'b\tc']),
    ],
  },
  { rule: 'A7', good: [headers(['X-Status', '1'])], bad: [headers(['Status', '404'])] },
  {
    rule: 'A8',
    good: [headers(['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'])],
    bad: [
      headers(['Connection', 'close']),
      headers(['Transfer-Encoding', 'chunked']),
      headers(['KEEP-ALIVE', '1']),
      headers(['Trailer', 'x']),
      headers(['Upgrade', 'h2c']),
    ],
  },
  {
    rule: 'A9',
    good: [head('200 OK'), head('204 No Content', []), head('304 Not Modified', [])],
    bad: [head('200 OK', []), head('204 No Content'), head('304 Not Modified')],
  },
  {
    rule: 'A10',
    good: [
      body(() => [text('x')]),
      body(() => pieces(text('x'))),
      body(() => Readable.from([text('x')])),
      body(() => [Buffer.from('x')]),
    ],
    bad: [
      server(
        (app) => Promise.resolve(app(environOf(), lax)),
        (start) => (start('200 OK', PLAIN), undefined),
      ),
      server(
        (app) => app(environOf(), lax),
        (start) => (start('200 OK', PLAIN), 'text'),
      ),
      server(
        (app) => app(environOf(), lax),
        (start) => (start('200 OK', PLAIN), text('x')),
      ),
      server(
        (app) => app(environOf(), lax),
        (start) => (start('200 OK', PLAIN), text('x').buffer),
      ),
      server(
        (app) => app(environOf(), lax),
        (start) => (start('200 OK', PLAIN), new Response('x')),
      ),
      server(
        (app) => app(environOf(), lax),
        (start) => (start('200 OK', PLAIN), consumed),
      ),
      ...['text', text('x').buffer, new DataView(text('x').buffer), Promise.resolve(text('x')), null, 1].map(
        (piece) =>
          server(
            async (app) => consume(await app(environOf(), lax), () => undefined),
            (start) => (start('200 OK', PLAIN), typeof piece === 'string' ? pieces(piece) : [piece]),
          ),
      ),
    ],
  },
  {
    rule: 'A12',
    good: [app((start) => (start('200 OK', PLAIN), start('503 Busy', PLAIN, new Error('x')), [text('y')]))],
    bad: [
      server(
        (app) => app(environOf(), lax),
        (start) => (start('200 OK', PLAIN), start('200 OK', PLAIN), []),
      ),
      server(
        (app) => app(environOf(), lax),
        (start) => (start('200 OK', PLAIN), start('200 OK', PLAIN, null), []),
      ),
    ],
  },
  {
    rule: 'A13',
    good: [
      (lint) =>
        app(restarting(text('x')))(lint).then(
          () => Promise.reject(new Error('went well')),
          (error: unknown) => {
            if (!(error instanceof Error) || error.message !== 'late') throw error;
          },
        ),
    ],
    bad: [
      app(function* (start) {
        start('200 OK', PLAIN);
        yield text('x');
        try {
          start('500 Broken', PLAIN, new Error('late'));
        } catch {
          yield text('as if nothing were');
        }
      }),
    ],
  },
  {
    rule: 'A14',
    good: [app(async (start) => (await start('200 OK', PLAIN)(text('x')), []))],
    bad: [
      server(
        async (app) => app(environOf(), lax),
        async (start) => (await start('200 OK', PLAIN)('x' as never), []),
      ),
      app(async function* (start) {
        const write = start('200 OK', PLAIN);
        yield text('x');
        await write(text('y'));
      }),
    ],
  },
  {
    rule: 'A15',
    good: [
      app((start, { 'wsgi.input': input }) => (start('200 OK', PLAIN), input)),
      reading(async ({ 'wsgi.input': input }) => {
        await input.read(1);
        await input.readline();
        await input.readline(-1);
        await input.readlines(10);
        for await (const chunk of input) text(String(chunk));
        await input.read();
      }),
    ],
    bad: [
      reading(({ 'wsgi.input': input }) => (input as unknown as Record<string, unknown>)['close']),
      reading(({ 'wsgi.input': input }) => (input as unknown as Record<string, unknown>)['pipe']),
      reading(({ 'wsgi.input': input }) => input.read('1' as never)),
      reading(({ 'wsgi.input': input }) => input.read(1.5)),
      reading(({ 'wsgi.input': input }) => (input.read as (...args: unknown[]) => unknown)(1, 2)),
      reading(({ 'wsgi.input': input }) => input.readlines(null as never)),
    ],
  },
  {
    rule: 'A16',
    good: [
      reading(({ 'wsgi.errors': errors }) => {
        errors.write('\u20ac\n');
        errors.writelines(['a\n', 'b\n']);
        errors.writelines(new Set(['a\n']));
        errors.flush();
      }),
    ],
    bad: [
      reading(({ 'wsgi.errors': errors }) => errors.write(text('x') as never)),
      reading(({ 'wsgi.errors': errors }) => errors.writelines([1] as never)),
      reading(({ 'wsgi.errors': errors }) => errors.writelines('abc' as never)),
      reading(({ 'wsgi.errors': errors }) => (errors as unknown as Record<string, unknown>)['close']),
    ],
  },
  {
    rule: 'A17',
    good: [headers(['X-A', '\u00ff'])],
    bad: [headers(['X-A', '\u010a']), headers(['X-\u010a', 'a']), head('200 \u20ac')],
  },
];
