import type { ASGI3Application, Scope } from '../asgi.js';
import type { DefinedApplication } from '../define-app.js';
import type { Flow } from './asgi-flow.js';
import { HTTPFlow } from './asgi-http-flow.js';
import { LifespanFlow } from './asgi-lifespan-flow.js';
import type { Shared } from './asgi-lifespan-flow.js';
import { checkScope } from './asgi-scope.js';
import { WatchedChannel } from './asgi-channel.js';
import { WebSocketFlow } from './asgi-websocket-flow.js';
import { isObject, isThenable, marked, show } from './values.js';
import { LintCall, LintViolation } from './violation.js';
import type { LintOptions, Report } from './violation.js';

/**
 * The application, with both sides watched: the scope and the events that the server gives, and the events that the
 * application sends, what they hold and their order. The rules are `LINT_RULES`; the first that is broken is a
 * {@link LintViolation}, thrown where it is seen: the promise of `send` or `receive` rejects, or that of the
 * application. What the application swallows comes out of it in the end.
 *
 * Nothing else changes. Headers that can be read only once are sent on as an array.
 *
 * @throws TypeError when `app` is not a function.
 *
 * @example
 * ```ts
 * import { defineApp } from '@gatewire/interfaces';
 * import { validateASGI } from '@gatewire/interfaces/lint';
 *
 * const app = defineApp({
 *   async http(_scope, _receive, send) {
 *     await send({ type: 'http.response.start', status: 204 });
 *     await send({ type: 'http.response.body' });
 *   },
 * });
 * export default validateASGI(app, { severity: 'warning' });
 * ```
 */
export function validateASGI(app: ASGI3Application, options: LintOptions = {}): DefinedApplication {
  if (typeof app !== 'function') throw new TypeError(`the application is ${show(app)}, expected a function`);
  const shared: Shared = { phase: 'none', states: new WeakSet() };
  const watched: ASGI3Application = (...args) => {
    try {
      return watch(app, args, shared, new LintCall(options));
    } catch (error) {
      if (error instanceof LintViolation) return Promise.reject(error);
      throw error;
    }
  };
  return marked(watched, 'asgi');
}

function watch(
  app: ASGI3Application,
  args: Parameters<ASGI3Application>,
  shared: Shared,
  call: LintCall,
): Promise<void> {
  const { report } = call;
  const [scope, receive, send] = args;
  if ((args.length as number) !== 3 || typeof receive !== 'function' || typeof send !== 'function')
    report('P1', `called with ${args.map(show).join(', ')}`, args);
  const known = checkScope(scope, report);
  if (known) checkShared(scope, shared, report);
  const flow = known ? flowOf(scope, shared, report) : null;
  const channel = new WatchedChannel(scope, flow, report);
  const returned: unknown = app(scope, channel.receive(receive), channel.send(send));
  if (!isThenable(returned)) {
    report('P3', `the application returned ${show(returned)}, expected a promise`, returned);
    return returned as Promise<void>;
  }
  return Promise.resolve(returned)
    .then((value) => {
      channel.returned(value);
      call.settle();
      return value as undefined;
    })
    .finally(() => flow?.over());
}

function flowOf(scope: Scope, shared: Shared, report: Report): Flow | null {
  switch (scope.type as string) {
    case 'http':
      return new HTTPFlow(scope as never, report);
    case 'websocket':
      return new WebSocketFlow(scope as never, report);
    case 'lifespan':
      return new LifespanFlow(shared, report);
    default:
      return null;
  }
}

/** What can only be seen over several calls. */
function checkShared(scope: Scope, shared: Shared, report: Report): void {
  // A protocol that somebody added may have no state.
  const { type, state } = scope as { readonly type: string; readonly state?: unknown };
  if (isObject(state)) {
    if (shared.states.has(state)) report('C16', 'state is the object of another scope', state);
    shared.states.add(state);
  }
  const { phase } = shared;
  if (type !== 'lifespan' && (phase === 'starting' || phase === 'failed'))
    report('L5', `a connection comes, the lifespan is ${phase}`, scope);
}
