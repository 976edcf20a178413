import { checkMethod, checkProtocol, hostName } from './checks.js';
import { contentLength } from './content-length.js';
import type { HeaderOptions } from './headers.js';
import { checkMount, repairPath } from './path.js';
import type { PathOptions } from './path.js';
import { repeated } from './repeats.js';
import type { Duplicates } from './repeats.js';

/** Variables by name. Values are Latin-1 text, one character per byte; an absent one is an absent key. */
export interface Variables {
  [name: string]: string | undefined;
}

/** The CGI part of an environ: RFC 3875's variables, `HTTP_*` and extensions. These are never missing: */
export interface Environ extends Variables {
  REQUEST_METHOD: string;
  SCRIPT_NAME: string;
  PATH_INFO: string;
  QUERY_STRING: string;
  SERVER_NAME: string;
  SERVER_PORT: string;
  SERVER_PROTOCOL: string;
}

/** What {@link buildEnviron} repairs, and what it leaves as it came. */
export interface EnvironOptions extends PathOptions, HeaderOptions {
  /**
   * A name that comes several times. `join`, the default: headers as RFC 9110 §5.3 joins them (`, `, and `; ` for
   * cookies; nginx before 1.23 repeats them), other variables as uWSGI reads them, the last wins; headers that cannot
   * be joined, such as Host, are `ENVIRON_REPEATED` unless they agree. `last` takes the last of every name, headers
   * too, as uWSGI and gunicorn do. `reject` refuses every repetition. CONTENT_LENGTH comes once in any case.
   */
  readonly duplicates?: 'join' | 'last' | 'reject';
  /** Default `drop`: no HTTP_PROXY, which nginx makes of a `Proxy:` header and HTTP clients read as their proxy. */
  readonly httpProxy?: 'drop' | 'keep';
  /** Default `drop`: nginx and uWSGI pass Transfer-Encoding on although the body reaches us without it. */
  readonly transferEncoding?: 'drop' | 'keep';
}

/**
 * Builds the CGI part of an environ from decoded variables: flat `[name, value, ...]`, in wire order. The result has a
 * null prototype, so `__proto__` is a name like any other, and is the caller's to change.
 *
 * What web servers send is no valid environ yet. Repaired here: empty CONTENT_LENGTH and CONTENT_TYPE are removed, and
 * so are HTTP_CONTENT_LENGTH and HTTP_CONTENT_TYPE; SCRIPT_NAME and PATH_INFO are set, see {@link PathOptions};
 * SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL and QUERY_STRING are never missing; the rest by {@link EnvironOptions}.
 *
 * @throws EnvironError every code but `ENVIRON_BAD_TARGET`.
 * @throws RangeError when `scriptName` is not a mount.
 * @throws TypeError when `pairs` has an odd length.
 *
 * @example
 * ```ts
 * import { buildEnviron } from '@gatewire/environ';
 *
 * const environ = buildEnviron([
 *   'REQUEST_METHOD', 'GET', 'PATH_INFO', '/shop/cart', 'CONTENT_LENGTH', '', 'HTTP_HOST', 'example.com:8080',
 * ], { scriptName: '/shop' });
 * console.log(environ['SCRIPT_NAME'], environ['PATH_INFO'], environ['SERVER_NAME']); // /shop /cart example.com
 * console.log('CONTENT_LENGTH' in environ); // false
 * ```
 */
export function buildEnviron(pairs: readonly string[], options: EnvironOptions = {}): Environ {
  checkMount(options.scriptName);
  const environ = collect(pairs, options.duplicates ?? 'join');
  repairHeaders(environ, options);
  repairPath(environ, options);
  repairServer(environ);
  check(environ);
  return environ as Environ;
}

/**
 * `http` or `https`: REQUEST_SCHEME, else HTTPS, else `http`. Headers such as X-Forwarded-Proto are the client's word.
 *
 * @example
 * ```ts
 * import { urlScheme } from '@gatewire/environ';
 *
 * console.log(urlScheme({ HTTPS: 'on' })); // https
 * ```
 */
export function urlScheme(environ: Variables): 'http' | 'https' {
  const scheme = environ['REQUEST_SCHEME'];
  if (scheme === 'http' || scheme === 'https') return scheme;
  return /^(?:on|1)$/i.test(environ['HTTPS'] ?? '') ? 'https' : 'http';
}

function collect(pairs: readonly string[], duplicates: Duplicates): Variables {
  if (pairs.length % 2 !== 0)
    throw new TypeError(`pairs has ${pairs.length} entries, expected name, value, name, value`);
  const environ = Object.create(null) as Variables;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i];
    const value = pairs[i + 1];
    const earlier = environ[name];
    environ[name] = earlier === undefined ? value : repeated(name, earlier, value, duplicates);
  }
  return environ;
}

function repairHeaders(environ: Variables, options: EnvironOptions): void {
  delete environ['HTTP_CONTENT_LENGTH'];
  delete environ['HTTP_CONTENT_TYPE'];
  if (environ['CONTENT_LENGTH'] === '') delete environ['CONTENT_LENGTH'];
  if (environ['CONTENT_TYPE'] === '') delete environ['CONTENT_TYPE'];
  if (options.httpProxy !== 'keep') delete environ['HTTP_PROXY'];
  if (options.transferEncoding !== 'keep') delete environ['HTTP_TRANSFER_ENCODING'];
}

function repairServer(environ: Variables): void {
  const name = environ['SERVER_NAME'] ?? '';
  // nginx sends its first server_name: none is empty, and `_` is the customary "none".
  if (name === '' || name === '_') {
    environ['SERVER_NAME'] = hostName(environ['HTTP_HOST'] ?? '') || environ['SERVER_ADDR'] || 'localhost';
  }
  environ['SERVER_PORT'] ||= urlScheme(environ) === 'https' ? '443' : '80';
  environ['SERVER_PROTOCOL'] ||= 'HTTP/1.1';
  environ['QUERY_STRING'] ??= '';
}

function check(environ: Variables): void {
  checkMethod(environ['REQUEST_METHOD'] ?? '');
  checkProtocol(environ['SERVER_PROTOCOL'] ?? '');
  contentLength(environ);
}
