import { buildEnviron } from './build.js';
import type { Environ, EnvironOptions } from './build.js';
import { appendHeaders } from './headers.js';
import { percentDecode, splitTarget } from './target.js';
import type { Target } from './target.js';

/** Where a request came from, or arrived. */
export interface Endpoint {
  /** IPv4, or IPv6 without brackets; `''` for a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
}

/** A request as an HTTP server sees it. All text is Latin-1, one character per byte. */
export interface HttpRequest {
  /** Case-sensitive. */
  readonly method: string;
  /** The request target as it was sent: `/path?query`, an absolute URL, or `*`. */
  readonly target: string;
  /** `1.1` and the like. */
  readonly httpVersion: string;
  /** Header fields as they arrived: flat `[name, value, ...]`. Of HTTP/2, `:authority` may be among them. */
  readonly headers: readonly string[];
  readonly scheme: 'http' | 'https';
  /** Where the request arrived. */
  readonly server: Endpoint;
  /** Where it came from. */
  readonly client: Endpoint;
}

/**
 * Builds the CGI part of an environ from an HTTP request, as a CGI gateway in front of the application would: header
 * `X-Name` becomes HTTP_X_NAME, names with other characters than letters, digits and `-` are dropped, the path is
 * percent-decoded once, to bytes.
 *
 * @throws EnvironError `ENVIRON_BAD_TARGET` when the target is of no form that names a resource, has a malformed percent
 *   sequence or a NUL; `ENVIRON_BAD_HEADER` when a header value has a NUL, CR or LF; `ENVIRON_BAD_CONTENT_LENGTH` when
 *   Content-Length and Transfer-Encoding are both there; and as `buildEnviron`.
 * @throws TypeError when `headers` has an odd length.
 *
 * @example
 * ```ts
 * import { environFromRequest } from '@gatewire/environ';
 *
 * const environ = environFromRequest({
 *   method: 'GET', target: '/caf%C3%A9?a=%31', httpVersion: '1.1', headers: ['Host', 'example.com'], scheme: 'http',
 *   server: { address: '127.0.0.1', port: 80 }, client: { address: '127.0.0.1', port: 40000 },
 * });
 * console.log(environ['PATH_INFO'], environ['QUERY_STRING']); // /cafÃ© a=%31
 * ```
 */
export function environFromRequest(request: HttpRequest, options: EnvironOptions = {}): Environ {
  const target = splitTarget(request.target);
  return environOf(request, { ...target, path: percentDecode(target.path) }, undefined, options);
}

/** The environ of a request whose target is taken apart, and its path decoded. */
export function environOf(
  request: HttpRequest,
  { path, query, host }: Target,
  serverName: string | undefined,
  options: EnvironOptions,
): Environ {
  const { server, client } = request;
  const pairs = [
    ...['QUERY_STRING', query, 'REQUEST_METHOD', request.method, 'REQUEST_URI', request.target],
    ...['PATH_INFO', path, 'SERVER_PROTOCOL', `HTTP/${request.httpVersion}`],
    ...['REQUEST_SCHEME', request.scheme],
  ];
  if (client.address !== '') pairs.push('REMOTE_ADDR', client.address, 'REMOTE_PORT', String(client.port));
  if (server.address !== '') pairs.push('SERVER_ADDR', server.address);
  if (request.scheme === 'https') pairs.push('HTTPS', 'on');
  if (serverName !== undefined) pairs.push('SERVER_NAME', serverName);
  if (server.port > 0) pairs.push('SERVER_PORT', String(server.port));
  appendHeaders(pairs, request.headers, host, options);
  return buildEnviron(pairs, options);
}
