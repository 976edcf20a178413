import type { MarkedApplication } from '../interface.js';
import type { WSGIApplication, WSGIBody, WSGIEnvironment } from '../wsgi.js';
import { isObject, isThenable, marked, show } from './values.js';
import { LintCall } from './violation.js';
import type { LintOptions } from './violation.js';
import { watchBody } from './wsgi-body.js';
import { checkEnviron } from './wsgi-environ.js';
import { WatchedResponse } from './wsgi-response.js';
import { watchErrors, watchInput } from './wsgi-streams.js';

/**
 * The application, with both sides watched, in the manner of Python's `wsgiref.validate`: what the server gives and what
 * the application does. The rules are `LINT_RULES`; the first that is broken is thrown as a {@link LintViolation}, to
 * the side that can see it, and once more out of the application if that has swallowed it.
 *
 * Nothing else changes: what comes in goes out. `wsgi.input` and `wsgi.errors` are replaced in the environ by objects
 * that have their methods only, the body (unless it is an array) by one that has iteration and `close()`.
 *
 * A body that is neither exhausted nor closed is seen when it is collected; there nobody can catch, so without
 * `onViolation` it is an uncaught exception.
 *
 * @throws TypeError when `app` is not a function.
 *
 * @example
 * ```ts
 * import type { WSGIApplication } from '@gatewire/interfaces';
 * import { validateWSGI } from '@gatewire/interfaces/lint';
 *
 * const app: WSGIApplication = (_environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *   return [new TextEncoder().encode('hello\n')];
 * };
 * export default validateWSGI(app, { onViolation: ({ rule, message }) => console.error(rule, message) });
 * ```
 */
export function validateWSGI(
  app: WSGIApplication,
  options: LintOptions = {},
): MarkedApplication<WSGIApplication, 'wsgi'> {
  if (typeof app !== 'function') throw new TypeError(`the application is ${show(app)}, expected a function`);
  let called = false;
  const watched: WSGIApplication = (...args) => {
    const call = new LintCall(options);
    const { report } = call;
    const [environ, startResponse] = args;
    if ((args.length as number) !== 2 || typeof startResponse !== 'function')
      report('A1', `called with ${args.map(show).join(', ')}`, args);
    if (checkEnviron(environ, report)) watchStreams(environ, report);
    const { REQUEST_METHOD: method, 'wsgi.run_once': once } = (environ as WSGIEnvironment | undefined) ?? {};
    if (called && once === true) report('S17', 'called again, though wsgi.run_once is true', true);
    called = true;
    const response = new WatchedResponse(call, method, startResponse);
    const returned = app(environ, response.start);
    const finish = (body: WSGIBody): WSGIBody => {
      response.end();
      return watchBody(body, response, call);
    };
    return isThenable(returned) ? Promise.resolve(returned).then(finish) : finish(returned);
  };
  return marked(watched, 'wsgi');
}

function watchStreams(environ: Record<string, unknown>, report: LintCall['report']): void {
  const {
    'wsgi.input': input,
    'wsgi.errors': errors,
    CONTENT_LENGTH: length,
  } = environ as Partial<WSGIEnvironment>;
  const limit = length !== undefined && /^[0-9]+$/.test(length) ? Number(length) : Infinity;
  if (!Object.isFrozen(environ)) {
    if (isObject(input)) environ['wsgi.input'] = watchInput(input, limit, report);
    if (isObject(errors)) environ['wsgi.errors'] = watchErrors(errors, report);
  }
}
