// Compiled by `npm run check`: a line below `@ts-expect-error` that compiles fails it.
import type { Readable } from 'node:stream';
import type { WSGIApplication, WSGIBody, WSGIEnvironment, WSGIMiddleware } from '@gatewire/interfaces';
import { expectTypeOf, test } from 'vitest';

test('what an application may return', () => {
  expectTypeOf<Uint8Array[]>().toExtend<WSGIBody>();
  expectTypeOf<Buffer[]>().toExtend<WSGIBody>();
  expectTypeOf<Generator<Uint8Array>>().toExtend<WSGIBody>();
  expectTypeOf<AsyncGenerator<Buffer>>().toExtend<WSGIBody>();
  expectTypeOf<Readable>().toExtend<WSGIBody>();
  expectTypeOf<string>().not.toExtend<WSGIBody>();
  expectTypeOf<string[]>().not.toExtend<WSGIBody>();
  expectTypeOf<Uint8Array>().not.toExtend<WSGIBody>();
});

test('applications: sync, async, generators', () => {
  const apps: WSGIApplication[] = [
    (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return [new Uint8Array(1)];
    },
    async (environ, startResponse) => {
      const write = startResponse('200 OK', []);
      await write(await environ['wsgi.input'].read());
      return [];
    },
    function* (_environ, startResponse) {
      startResponse('200 OK', [], new Error('replaces'));
      yield new Uint8Array(1);
    },
    async function* (environ, startResponse) {
      startResponse('200 OK', []);
      yield* environ['wsgi.input'];
    },
    // @ts-expect-error a string is no body
    () => 'text',
    // @ts-expect-error headers are pairs, not an object
    (_environ, startResponse) => (startResponse('200 OK', { a: 'b' }), []),
    // @ts-expect-error a status is a string
    (_environ, startResponse) => (startResponse(200, []), []),
  ];
  expectTypeOf(apps).toExtend<WSGIApplication[]>();
});

test('the environ', () => {
  expectTypeOf<WSGIEnvironment['HTTP_HOST']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<WSGIEnvironment['PATH_INFO']>().toEqualTypeOf<string>();
  expectTypeOf<WSGIEnvironment['myapp.session']>().toBeUnknown();
  expectTypeOf<NonNullable<WSGIEnvironment['gatewire.client']>['signal']>().toEqualTypeOf<AbortSignal>();
  const change = (environ: WSGIEnvironment): WSGIEnvironment => {
    environ['REMOTE_USER'] = 'ada';
    // @ts-expect-error CGI variables are strings
    environ['SERVER_PORT'] = 80;
    // @ts-expect-error a required key stays
    delete environ.PATH_INFO;
    // @ts-expect-error a key of one's own has a dot
    environ['session'] = 1;
    return { ...environ, 'myapp.session': 1 };
  };
  expectTypeOf(change).returns.toEqualTypeOf<WSGIEnvironment>();
});

test('an application that demands a key of its own is not taken for a plain one', () => {
  type Demanding = WSGIApplication<WSGIEnvironment & { 'myapp.session': number }>;
  expectTypeOf<Demanding>().not.toExtend<WSGIApplication>();
  expectTypeOf<WSGIApplication>().toExtend<Demanding>();
  expectTypeOf<WSGIMiddleware>().parameter(0).toEqualTypeOf<WSGIApplication>();
});
