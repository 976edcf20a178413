import type { HttpRequest } from '../request.js';
import { percentDecode, splitTarget } from '../target.js';
import { headerVariables, variables } from './build.js';
import type { VariablesOptions } from './options.js';

/**
 * The variables that a web server sends for an HTTP request: flat `[name, value, ...]`, for `encodeRequest` of
 * `@gatewire/uwsgi` or `FcgiWebServer` of `@gatewire/fastcgi`. The list of nginx's own parameter file, in its order; then
 * `params`; then the headers in order, repeats joined. An absent value is an absent variable, no empty one.
 *
 * @throws EnvironError `ENVIRON_BAD_METHOD`, `ENVIRON_BAD_TARGET`, `ENVIRON_BAD_PROTOCOL`, `ENVIRON_BAD_HEADER` when the
 *   request is malformed; `ENVIRON_BAD_CONTENT_LENGTH` when its length is, or stands beside Transfer-Encoding;
 *   `ENVIRON_LENGTH_REQUIRED` when it is chunked and `contentLength` is not given; `ENVIRON_REPEATED` for two different
 *   Hosts and the like; `ENVIRON_OUTSIDE_MOUNT` when the path is not below `scriptName`.
 * @throws RangeError when `scriptName` is no mount, or `contentLength` no number of bytes.
 * @throws TypeError when `headers` or `params` have an odd length.
 *
 * @example
 * ```ts
 * import { variablesFromRequest } from '@gatewire/environ/variables';
 *
 * const pairs = variablesFromRequest({
 *   method: 'GET', target: '/index.php?a=%31', httpVersion: '1.1', headers: ['Host', 'example.com'], scheme: 'http',
 *   server: { address: '127.0.0.1', port: 80 }, client: { address: '127.0.0.1', port: 40000 },
 * }, { form: 'fastcgi', documentRoot: '/srv/www' });
 * console.log(pairs.slice(0, 4).join(' ')); // SCRIPT_FILENAME /srv/www/index.php QUERY_STRING a=%31
 * ```
 */
export function variablesFromRequest(request: HttpRequest, options: VariablesOptions = {}): string[] {
  const { path, query, host } = splitTarget(request.target);
  const headers = headerVariables(request.headers, host, options);
  return variables({ ...request, headers, path: percentDecode(path), query }, options);
}
