// What the programs that keep and break the rules of WSGI are made of.
import { Readable } from 'node:stream';
import type { StartResponse, WSGIApplication, WSGIBody, WSGIEnvironment } from '@gatewire/interfaces';
import type { LintRuleId } from '@gatewire/interfaces/lint';
import { environOf, gateway, inputOf, PLAIN, text } from './gateway.js';

/** Runs one request, or what it takes, of an application under lint. */
export type WSGIProgram = (lint: (app: WSGIApplication) => WSGIApplication) => Promise<unknown>;

export interface WSGICase {
  readonly rule: LintRuleId;
  readonly good: readonly WSGIProgram[];
  readonly bad: readonly WSGIProgram[];
}

export type Call = (start: StartResponse, environ: WSGIEnvironment) => unknown;

/** An application at fault, or not, on a server without fault. JavaScript does not know the types. */
export const app =
  (call: Call, changes: Record<string, unknown> = {}): WSGIProgram =>
  (lint) =>
    gateway(
      lint((environ, start) => call(start, environ) as WSGIBody),
      environOf(changes),
    );

/** An environ, with an application that has no fault. */
export const environ = (changes: Record<string, unknown>): WSGIProgram => app(plain, changes);

export const plain: Call = (start) => {
  start('200 OK', PLAIN);
  return [text('hello')];
};

/** A head, with a body of nothing. */
export const head = (status: unknown, headers: unknown = PLAIN): WSGIProgram =>
  app((start) => {
    start(status as string, headers as []);
    return [];
  });

export const headers = (...pairs: unknown[]): WSGIProgram => head('200 OK', [...PLAIN, ...pairs]);

/** A body, behind a head without fault. */
export const body = (value: () => unknown, extra: readonly (readonly [string, string])[] = []): WSGIProgram =>
  app((start) => {
    start('200 OK', [...PLAIN, ...extra]);
    return value();
  });

/** A server at fault, or not, with an application without fault. */
export const server =
  (call: (app: WSGIApplication) => unknown, inner: Call = plain): WSGIProgram =>
  async (lint) => {
    await call(lint((environ, start) => inner(start, environ) as WSGIBody));
  };

/** A start_response that takes anything. */
export const lax: StartResponse = () => () => Promise.resolve();

/** Reads the input by `call` from a stream that gives `content`, or one that is changed. */
export const reading = (
  call: (environ: WSGIEnvironment) => unknown,
  changes: Record<string, unknown> = {},
): WSGIProgram =>
  app(async (start, environ) => {
    start('200 OK', PLAIN);
    await call(environ);
    return [];
  }, changes);

export function* pieces(...list: unknown[]): Generator {
  yield* list;
}

/** A body with `close()`. */
export const closing: Call = (start) => {
  start('200 OK', PLAIN);
  const list = [text('a'), text('b')];
  return { [Symbol.iterator]: () => list[Symbol.iterator](), close: () => undefined };
};

export const generating: Call = function* (start) {
  start('200 OK', PLAIN);
  yield text('a');
  yield text('b');
};

export const sneaky = (value: unknown): Record<string, unknown> => ({
  'wsgi.input': { ...inputOf(''), ...(value as object) },
});

/** Starts again with an error, after `before`. */
export const restarting = (...before: unknown[]): Call =>
  function* (start) {
    start('200 OK', PLAIN);
    yield* before;
    start('500 Broken', PLAIN, new Error('late'));
    yield text('sorry');
  };

export const consumed = Readable.from([text('x')]);
consumed.destroy();
