/** The kinds of application that servers know. */
export type ApplicationInterface = 'asgi' | 'wsgi' | 'fetch' | 'node';

/**
 * The key under which an application tells a server what it is: from outside, functions of all kinds look alike. The
 * value is an {@link ApplicationInterface}. It is `Symbol.for('gatewire.interface')`, so two copies of this package agree.
 */
export const INTERFACE: unique symbol = Symbol.for('gatewire.interface');

/** An application that says what it is. */
export type MarkedApplication<T, K extends ApplicationInterface> = T & { readonly [INTERFACE]: K };

/**
 * Says what an application is, so that nobody has to be told. Sets {@link INTERFACE} on the application itself and
 * returns it.
 *
 * @throws TypeError when the application is frozen.
 *
 * @example
 * ```ts
 * import { INTERFACE, markAs } from '@gatewire/interfaces';
 *
 * const app = markAs((request: Request) => new Response(`hello from ${request.url}\n`), 'fetch');
 * console.log(app[INTERFACE]); // fetch
 * ```
 */
export function markAs<T extends object, K extends ApplicationInterface>(
  app: T,
  kind: K,
): MarkedApplication<T, K> {
  return Object.assign(app, { [INTERFACE]: kind } as { readonly [INTERFACE]: K });
}
