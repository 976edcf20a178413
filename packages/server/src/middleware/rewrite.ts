import type {
  ASGI3Application,
  ASGIMiddleware,
  HTTPScope,
  WebSocketScope,
  WSGIEnvironment,
  WSGIMiddleware,
} from '@gatewire/interfaces';

/**
 * Middleware that changes the environ of each request before the application sees it: it gets a copy to change. What it
 * throws is the server's to answer.
 *
 * @example
 * ```ts
 * import type { WSGIApplication } from '@gatewire/interfaces';
 * import { rewriteEnviron } from '@gatewire/server/middleware';
 *
 * // A proxy that is trusted says what the client came by.
 * const behindProxy = rewriteEnviron((environ) => {
 *   if (environ['HTTP_X_FORWARDED_PROTO'] === 'https') environ['wsgi.url_scheme'] = 'https';
 * });
 * const app: WSGIApplication = (environ, startResponse) => {
 *   startResponse('200 OK', []);
 *   return [new TextEncoder().encode(environ['wsgi.url_scheme'])];
 * };
 * export default behindProxy(app);
 * ```
 */
export function rewriteEnviron(rewrite: (environ: WSGIEnvironment) => void): WSGIMiddleware {
  return (app) => (environ, startResponse) => {
    const copy = { ...environ };
    rewrite(copy);
    return app(copy, startResponse);
  };
}

/**
 * Middleware that changes the scope of each request and WebSocket before the application sees it: it gets a copy, one
 * level deep, to change. What it throws is the server's to answer.
 *
 * @example
 * ```ts
 * import { fetchToAsgi } from '@gatewire/server/adapters';
 * import { rewriteScope } from '@gatewire/server/middleware';
 *
 * const inLowerCase = rewriteScope((scope) => {
 *   scope.path = scope.path.toLowerCase();
 *   scope.raw_path = null;
 * });
 * export default inLowerCase(fetchToAsgi((request) => new Response(new URL(request.url).pathname)));
 * ```
 */
export function rewriteScope(rewrite: (scope: HTTPScope | WebSocketScope) => void): ASGIMiddleware {
  return (app: ASGI3Application): ASGI3Application =>
    (scope, receive, send) => {
      if (scope.type === 'lifespan') return app(scope, receive, send);
      const copy = { ...scope };
      rewrite(copy);
      return app(copy, receive, send);
    };
}
