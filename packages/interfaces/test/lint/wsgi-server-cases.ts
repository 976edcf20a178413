// What servers owe: for every rule programs that keep it, and programs that break it and nothing else.
import type { StartResponse } from '@gatewire/interfaces';
import { consume, environOf, text } from './gateway.js';
import { app, closing, environ, generating, lax, reading, restarting, server, sneaky } from './wsgi-kit.js';
import type { WSGICase } from './wsgi-kit.js';

export const SERVER_CASES: readonly WSGICase[] = [
  {
    rule: 'S1',
    good: [environ({ SCRIPT_NAME: '', QUERY_STRING: '' })],
    bad: [
      ...['REQUEST_METHOD', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'SERVER_NAME', 'SERVER_PORT'].map(
        (key) => environ({ [key]: undefined }),
      ),
      ...['SERVER_PROTOCOL', 'wsgi.version', 'wsgi.url_scheme', 'wsgi.input', 'wsgi.errors'].map((key) =>
        environ({ [key]: undefined }),
      ),
      ...['wsgi.multithread', 'wsgi.multiprocess', 'wsgi.run_once'].map((key) =>
        environ({ [key]: undefined }),
      ),
      ...['REQUEST_METHOD', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL'].map((key) =>
        environ({ [key]: '' }),
      ),
    ],
  },
  {
    rule: 'S2',
    good: [
      app(closing),
      app(generating),
      server(async (app) => {
        const body = (await app(environOf(), lax)) as Iterable<Uint8Array>;
        body[Symbol.iterator]().return?.();
      }, generating),
    ],
    bad: [
      server(async (app) => {
        const body = await app(environOf(), lax);
        await consume(body, () => undefined);
        body.close?.();
      }, closing),
      server(async (app) => {
        const body = await app(environOf(), lax);
        body.close?.();
        await consume(
          { [Symbol.iterator]: () => (body as Iterable<Uint8Array>)[Symbol.iterator]() },
          () => undefined,
        );
      }, closing),
    ],
  },
  {
    rule: 'S3',
    good: [app(restarting()), app(restarting(text('')))],
    bad: [
      server(
        async (app) => {
          const start: StartResponse = (...args) => {
            if (args[2] !== undefined) throw args[2] as Error;
            return lax('', []);
          };
          await consume(await app(environOf(), start), () => undefined).catch(() => undefined);
        },
        restarting(text('')),
      ),
    ],
  },
  {
    rule: 'S5',
    good: [(lint) => app(restarting(text('x')))(lint).catch(() => undefined)],
    bad: [
      server(async (app) => consume(await app(environOf(), lax), () => undefined), restarting(text('x'))),
    ],
  },
  {
    rule: 'S12',
    good: [
      reading(
        async ({ 'wsgi.input': input }) => {
          for (let i = 0; i < 4; i++) await input.read(3);
        },
        { CONTENT_LENGTH: '8' },
      ),
      reading(({ 'wsgi.input': input }) => input.readlines(), { CONTENT_LENGTH: '8' }),
    ],
    bad: [
      reading(({ 'wsgi.input': input }) => input.read(), { CONTENT_LENGTH: '7' }),
      reading(({ 'wsgi.input': input }) => input.read(), sneaky({ read: () => Promise.resolve('text') })),
      reading(({ 'wsgi.input': input }) => input.read(), sneaky({ read: () => Promise.resolve(null) })),
      reading(({ 'wsgi.input': input }) => input.read(), sneaky({ read: () => text('x') })),
      reading(
        ({ 'wsgi.input': input }) => input.read(1),
        sneaky({ read: () => Promise.resolve(text('xy')) }),
      ),
      reading(
        ({ 'wsgi.input': input }) => input.readlines(),
        sneaky({ readlines: () => Promise.resolve(text('x')) }),
      ),
      reading(
        ({ 'wsgi.input': input }) => input.readlines(),
        sneaky({ readlines: () => Promise.resolve(['x']) }),
      ),
      reading(
        async ({ 'wsgi.input': input }) => {
          for await (const chunk of input) text(String(chunk));
          await input.read();
        },
        sneaky({ read: () => Promise.resolve(text('x')) }),
      ),
    ],
  },
  {
    rule: 'S14',
    good: [environ({ 'wsgi.file_wrapper': () => [] })],
    bad: [environ({ 'wsgi.file_wrapper': 'sendfile' })],
  },
  {
    rule: 'S16',
    good: [app(generating)],
    bad: [
      server(async (app) => {
        const body = await app(environOf(), lax);
        if ('pipe' in body || (body as unknown as Record<string, unknown>)['pipe'] !== undefined) return;
        await consume(body, () => undefined);
      }, generating),
    ],
  },
  {
    rule: 'S17',
    good: [
      server(async (app) => {
        await app(environOf(), lax);
        await app(environOf(), lax);
      }),
      environ({ 'wsgi.run_once': true }),
    ],
    bad: [
      server(async (app) => {
        await app(environOf({ 'wsgi.run_once': true }), lax);
        await app(environOf({ 'wsgi.run_once': true }), lax);
      }),
    ],
  },
];
