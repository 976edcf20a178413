import { buildEnviron } from './build.js';
import type { Environ, EnvironOptions } from './build.js';
import { EnvironError, quoted } from './errors.js';

/** A request as an HTTP server sees it. All text is Latin-1, one character per byte. */
export interface HttpRequest {
  /** Case-sensitive. */
  readonly method: string;
  /** The request target as it was sent: `/path?query`, an absolute URL, or `*`. */
  readonly target: string;
  /** `1.1` and the like. */
  readonly httpVersion: string;
  /** Header fields as they arrived: flat `[name, value, ...]`. */
  readonly headers: readonly string[];
  readonly scheme: 'http' | 'https';
  /** Address and port the request arrived at; `port` is 0 for a unix socket. */
  readonly server: { readonly address: string; readonly port: number };
  /** Address and port it came from. */
  readonly client: { readonly address: string; readonly port: number };
}

/** Header names that no other name maps to the same variable as (nginx, Apache and gunicorn drop the rest too). */
const MAPPED = /^[0-9A-Za-z-]+$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)((?:\?[^#]*)?)/;

/**
 * Builds the CGI part of an environ from an HTTP request, as a CGI gateway in front of the application would: header
 * `X-Name` becomes HTTP_X_NAME, names with other characters than letters, digits and `-` are dropped, the path is
 * percent-decoded once, to bytes.
 *
 * @throws EnvironError `ENVIRON_BAD_TARGET` when the target is of no form that names a resource, has a malformed percent
 *   sequence or a NUL; and as `buildEnviron`.
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
export function environFromRequest(request: HttpRequest, options?: EnvironOptions): Environ {
  const { path, query, host } = splitTarget(request.target);
  const pairs = [
    ...['QUERY_STRING', query, 'REQUEST_METHOD', request.method, 'REQUEST_URI', request.target],
    ...['PATH_INFO', percentDecode(path), 'SERVER_PROTOCOL', `HTTP/${request.httpVersion}`],
    ...['REQUEST_SCHEME', request.scheme, 'REMOTE_ADDR', request.client.address],
    ...['REMOTE_PORT', String(request.client.port), 'SERVER_ADDR', request.server.address],
  ];
  if (request.scheme === 'https') pairs.push('HTTPS', 'on');
  if (request.server.port > 0) pairs.push('SERVER_PORT', String(request.server.port));
  appendHeaders(pairs, request.headers, host);
  return buildEnviron(pairs, options);
}

/** RFC 9112 §3.2: origin-form, absolute-form (its authority beats Host) and asterisk-form. */
function splitTarget(target: string): { path: string; query: string; host: string | null } {
  if (target === '*') return { path: '', query: '', host: null };
  if (target.startsWith('/')) {
    const mark = target.indexOf('?');
    if (mark < 0) return { path: target, query: '', host: null };
    return { path: target.slice(0, mark), query: target.slice(mark + 1), host: null };
  }
  const match = ABSOLUTE.exec(target);
  if (match === null)
    throw new EnvironError('ENVIRON_BAD_TARGET', 'REQUEST_URI', `${quoted(target)} names no resource`);
  return { path: match[2] || '/', query: match[3].slice(1), host: match[1] };
}

/** Percent-decodes to bytes, one character each. `+` is a plus sign in a path. */
function percentDecode(path: string): string {
  if (/%(?![0-9A-Fa-f]{2})|%00|\0/.test(path)) {
    throw new EnvironError(
      'ENVIRON_BAD_TARGET',
      'REQUEST_URI',
      `${quoted(path)} has a percent sequence that is no byte or NUL`,
    );
  }
  return path.replace(/%[0-9A-Fa-f]{2}/g, (sequence) => String.fromCharCode(parseInt(sequence.slice(1), 16)));
}

function appendHeaders(pairs: string[], headers: readonly string[], host: string | null): void {
  if (host !== null) pairs.push('HTTP_HOST', host);
  for (let i = 0; i < headers.length; i += 2) {
    if (!MAPPED.test(headers[i])) continue;
    const name = headers[i].toUpperCase().replaceAll('-', '_');
    if (name === 'HOST' && host !== null) continue;
    const own = name === 'CONTENT_LENGTH' || name === 'CONTENT_TYPE';
    pairs.push(own ? name : `HTTP_${name}`, headers[i + 1]);
  }
}
