import type { ASGI3Application, ASGIProtocolHandler, ASGIProtocolMap } from './asgi.js';
import { markAs } from './interface.js';
import type { MarkedApplication } from './interface.js';

/** An ASGI application that says what it is. */
export type DefinedApplication = MarkedApplication<ASGI3Application, 'asgi'>;

/**
 * An ASGI application of one handler for each protocol, each with the events of its own protocol. Servers take the result
 * for ASGI without being told.
 *
 * A scope type without a handler rejects with `TypeError`, as the specification has it: for `lifespan` that means "not
 * supported, go on without".
 *
 * @example
 * ```ts
 * import { defineApp } from '@gatewire/interfaces';
 *
 * export default defineApp({
 *   async http(scope, _receive, send) {
 *     const body = new TextEncoder().encode(`hello from ${scope.path}\n`);
 *     await send({ type: 'http.response.start', status: 200 });
 *     await send({ type: 'http.response.body', body });
 *   },
 * });
 * ```
 */
export function defineApp(handlers: {
  readonly [P in keyof ASGIProtocolMap]?: ASGIProtocolHandler<P>;
}): DefinedApplication {
  const app: ASGI3Application = (scope, receive, send) => {
    const handler = Object.hasOwn(handlers, scope.type) ? handlers[scope.type] : undefined;
    if (handler === undefined)
      return Promise.reject(new TypeError(`no handler for scope type ${JSON.stringify(scope.type)}`));
    // The protocol of the scope decides which events there are: a correlation that the type system cannot express.
    return (handler as unknown as ASGI3Application)(scope, receive, send);
  };
  return markAs(app, 'asgi');
}
