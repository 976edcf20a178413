import type { ASGIHeader, HTTPScope, WebSocketScope } from '@gatewire/interfaces';
import type { Environ, EnvironOptions } from '../build.js';
import { environOf } from '../request.js';
import type { HttpRequest } from '../request.js';
import { badTarget, lenientlyDecoded, percentEncode, resolved } from '../target.js';
import { latin1Text, utf8Text } from '../text.js';
import { headerVariables, variables } from './build.js';
import type { VariablesOptions } from './options.js';

/**
 * The variables that a web server sends for the request of an ASGI scope, as {@link variablesFromRequest} gives them for
 * an HTTP request. `scriptName` is `root_path` when that is not empty, SERVER_NAME the host of `server`; the headers of a
 * WebSocket's handshake are kept. SCRIPT_NAME and PATH_INFO are the bytes of `raw_path` as long as those are `path`,
 * otherwise `path` as UTF-8.
 *
 * @throws EnvironError, RangeError, TypeError as {@link variablesFromRequest}.
 *
 * @example
 * ```ts
 * import { httpScope } from '@gatewire/environ/scope';
 * import { variablesFromScope } from '@gatewire/environ/variables';
 *
 * const scope = httpScope(['REQUEST_METHOD', 'GET', 'SCRIPT_NAME', '/app', 'PATH_INFO', '/x', 'HTTP_X_A', '1']);
 * const pairs = variablesFromScope(scope);
 * console.log(pairs.slice(pairs.indexOf('SCRIPT_NAME'), pairs.indexOf('PATH_INFO') + 2)); // [ 'SCRIPT_NAME', '/app', 'PATH_INFO', '/x' ]
 * ```
 */
export function variablesFromScope(
  scope: HTTPScope | WebSocketScope,
  options: VariablesOptions = {},
): string[] {
  const request = requestOf(scope);
  const headers = headerVariables(request.headers, null, options);
  const given: VariablesOptions = {
    ...rootOf(scope),
    ...serverNameOf(scope),
    ...(scope.type === 'websocket' ? { hopByHop: 'keep' } : {}),
    ...options,
  };
  return variables({ ...request, headers, path: pathBytes(scope), query: queryOf(scope) }, given);
}

/**
 * The CGI part of an environ for the request of an ASGI scope, as `environFromRequest` gives it for an HTTP request:
 * what a WSGI application needs that runs in an ASGI server (www.rst, "WSGI Compatibility"). `scriptName` is `root_path`.
 *
 * @throws EnvironError, RangeError, TypeError as `environFromRequest`.
 *
 * @example
 * ```ts
 * import { httpScope } from '@gatewire/environ/scope';
 * import { environFromScope } from '@gatewire/environ/variables';
 *
 * const scope = httpScope(['REQUEST_METHOD', 'GET', 'PATH_INFO', '/cafÃ©', 'SERVER_NAME', 'example.com']);
 * const environ = environFromScope(scope);
 * console.log(environ['PATH_INFO'], environ['SERVER_NAME']); // /cafÃ© example.com
 * ```
 */
export function environFromScope(scope: HTTPScope | WebSocketScope, options: EnvironOptions = {}): Environ {
  const { serverName } = serverNameOf(scope);
  const target = { path: pathBytes(scope), query: queryOf(scope), host: null };
  return environOf(requestOf(scope), target, serverName, { ...rootOf(scope), ...options });
}

function requestOf(scope: HTTPScope | WebSocketScope): HttpRequest {
  const { client, server, scheme } = scope;
  const host = server?.[0] ?? '';
  return {
    method: scope.type === 'http' ? scope.method : 'GET',
    target: targetOf(scope),
    httpVersion: (scope.http_version ?? '1.1').replace(/^([2-9])$/, '$1.0'),
    headers: scope.headers.flatMap(([name, value]: ASGIHeader) => [latin1(name), latin1(value)]),
    scheme: scheme === 'https' || scheme === 'wss' ? 'https' : 'http',
    // Of a gateway's request it is a name, and of a unix socket a path.
    server: { address: /^[0-9A-Fa-f.:]+$/.test(host) ? host : '', port: server?.[1] ?? 0 },
    client: { address: client?.[0] ?? '', port: client?.[1] ?? 0 },
  };
}

function rootOf({ root_path: root = '' }: HTTPScope | WebSocketScope): { scriptName?: string } {
  const scriptName = latin1Text(root.replace(/\/+$/, ''));
  return scriptName === '' ? {} : { scriptName };
}

function serverNameOf({ server }: HTTPScope | WebSocketScope): { serverName?: string } {
  return server === undefined || server === null || server[1] === null ? {} : { serverName: server[0] };
}

function queryOf(scope: HTTPScope | WebSocketScope): string {
  return latin1(scope.query_string ?? new Uint8Array());
}

function targetOf(scope: HTTPScope | WebSocketScope): string {
  const query = queryOf(scope);
  const raw = scope.raw_path ?? null;
  const path = raw === null ? percentEncode(latin1Text(scope.path)) : latin1(raw);
  return query === '' ? path : `${path}?${query}`;
}

/** The decoded path as bytes. What was no UTF-8 is U+FFFD in `path`, and still itself in `raw_path`. */
function pathBytes({ path, raw_path: raw }: HTTPScope | WebSocketScope): string {
  if (path === '*') return '';
  const bytes = latin1Text(path);
  if (bytes.includes('\0')) throw badTarget(path, 'has a NUL');
  if (bytes === path || raw === undefined || raw === null) return bytes;
  const sent = lenientlyDecoded(latin1(raw));
  for (const candidate of [sent, resolved(sent)]) {
    if (candidate !== null && utf8Text(candidate, 'replace') === path) return candidate;
  }
  return bytes;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
