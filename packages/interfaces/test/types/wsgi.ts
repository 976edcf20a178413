import { fromTriple } from '@gatewire/interfaces';
import type {
  StartResponse,
  WriteCallable,
  WSGIApplication,
  WSGIBody,
  WSGIEnvironment,
  WSGIMiddleware,
} from '@gatewire/interfaces';
import { LINT_RULES, validateASGI, validateWSGI } from '@gatewire/interfaces/lint';
import type { LintOptions, LintRuleId, LintViolation } from '@gatewire/interfaces/lint';
import { app as asgi } from './asgi.js';
import { some, yes } from './expect.js';
import type { Same } from './expect.js';

const chunk = new Uint8Array(1);

// Bodies.
export const bodies: WSGIBody[] = [
  [],
  [chunk],
  new Set([chunk]),
  some<Generator<Uint8Array>>(),
  some<AsyncGenerator<Uint8Array>>(),
  some<AsyncIterable<Uint8Array>>(),
  Object.assign([chunk], { close: () => undefined }),
];
// @ts-expect-error a string is no body
export const b1: WSGIBody = 'text';
// @ts-expect-error bytes are put in an array
export const b2: WSGIBody = chunk;
// @ts-expect-error text is encoded
export const b3: WSGIBody = ['text'];
// @ts-expect-error promises are awaited
export const b4: WSGIBody = [Promise.resolve(chunk)];

// Applications of every form.
export const apps: WSGIApplication[] = [
  (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [chunk];
  },
  async (environ, startResponse) => {
    await startResponse('200 OK', [])(await environ['wsgi.input'].read());
    return environ['wsgi.input'];
  },
  function* (environ, startResponse) {
    startResponse('200 OK', [], new Error('replaces'));
    yield chunk;
  },
  async function* (environ, startResponse) {
    startResponse('200 OK', []);
    yield* environ['wsgi.input'];
  },
  fromTriple(() => ({ status: 404, headers: [], body: null })),
  validateWSGI(some<WSGIApplication>(), { exclude: ['A9'], severity: undefined, onViolation: undefined }),
  // @ts-expect-error headers are pairs, not an object
  (environ, startResponse) => (startResponse('200 OK', { a: 'b' }), []),
  // @ts-expect-error a status is a string
  (environ, startResponse) => (startResponse(200, []), []),
  // @ts-expect-error start_response is positional
  (environ, startResponse) => (startResponse({ status: '200 OK' }), []),
];
yes<Same<ReturnType<StartResponse>, WriteCallable>>();
// @ts-expect-error a body that is no body
export const t1 = fromTriple(() => ({ status: 200, headers: [], body: 'text' }));
// @ts-expect-error ASGI is not WSGI
export const a1: WSGIApplication = asgi;

// The environ.
export function environ(environ: WSGIEnvironment): WSGIEnvironment {
  yes<Same<typeof environ.HTTP_HOST, string | undefined>>();
  yes<Same<typeof environ.PATH_INFO, string>>();
  yes<Same<(typeof environ)['myapp.own'], unknown>>();
  environ['REMOTE_USER'] = 'ada';
  // @ts-expect-error CGI variables are strings
  environ['SERVER_PORT'] = 80;
  // @ts-expect-error a required key stays
  delete environ.PATH_INFO;
  // @ts-expect-error a key of one's own has a dot
  environ['session'] = 1;
  // @ts-expect-error the flags are booleans
  environ['wsgi.run_once'] = 0;
  return { ...environ, 'myapp.own': 1 };
}

// Middleware, and an application that demands a key.
export const timed: WSGIMiddleware = (inner) => (environ, startResponse) =>
  inner({ ...environ, 'myapp.start': 1 }, (status, headers, excInfo) =>
    startResponse(status, [...headers, ['X-Seen', 'yes']], excInfo),
  );
export const twice: WSGIApplication = timed(timed(apps[0]));
declare const demanding: WSGIApplication<WSGIEnvironment & { 'myapp.user': string }>;
// @ts-expect-error nobody promises the key
export const plain: WSGIApplication = demanding;

// The validators.
export const options: LintOptions = { onViolation: ({ rule, side, value }) => [rule, side, value] };
export const checked = validateASGI(asgi, options);
export const ids: LintRuleId[] = LINT_RULES.map(({ id }) => id);
yes<Same<LintViolation['side'], 'server' | 'application'>>();
// @ts-expect-error no such rule
export const none: LintRuleId = 'A11';
// @ts-expect-error WSGI is not ASGI
validateASGI(apps[0]);
