import { checkMethod, checkProtocol, schemeOf, serverName } from './checks.js';
import { contentLength } from './content-length.js';
import { EnvironError, quoted } from './errors.js';
import type { HeaderOptions } from './headers.js';
import { checkMount, repairPath } from './path.js';
import type { PathOptions } from './path.js';
import { repeated } from './repeats.js';
import type { Duplicates } from './repeats.js';
import { fromKnownShape } from './shape.js';

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
  /**
   * Default `strict`: CONTENT_LENGTH is digits. `unknown-as-absent` takes `-1` for no CONTENT_LENGTH, which is what Caddy
   * 2.6 sends for a chunked upload.
   */
  readonly contentLength?: 'strict' | 'unknown-as-absent';
  /**
   * AUTH_TYPE and REMOTE_USER. HAProxy copies them out of the Authorization header without asking anybody whether they
   * are true: `auto`, the default, drops them when SERVER_SOFTWARE names it. `keep` them where HAProxy does check; `drop`
   * where another web server does not, as with nginx's `$remote_user` and no `auth_basic`.
   */
  readonly remoteUser?: 'auto' | 'keep' | 'drop';
  /** What the client came by, where the web server cannot know: behind something else that ends TLS. Default: it knows. */
  readonly scheme?: 'http' | 'https';
}

/**
 * Builds the CGI part of an environ from decoded variables: flat `[name, value, ...]`, in wire order. The result has a
 * null prototype, so `__proto__` is a name like any other, and is the caller's to change.
 *
 * What web servers send is no valid environ yet. Repaired here: empty CONTENT_LENGTH and CONTENT_TYPE are removed, and
 * so are HTTP_CONTENT_LENGTH and HTTP_CONTENT_TYPE, and an HTTPS that says no; SCRIPT_NAME and PATH_INFO are set, see
 * {@link PathOptions}; SERVER_NAME is a name without port; SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL and QUERY_STRING are
 * never missing; the rest by {@link EnvironOptions}. `headerNames` is for `HTTP_` names that are not of `A-Z`, digits and
 * `_`: without it they are left, because the web server has had its choice.
 *
 * @throws EnvironError `ENVIRON_BAD_METHOD`, `ENVIRON_BAD_PROTOCOL`, `ENVIRON_BAD_CONTENT_LENGTH` for what is malformed,
 *   `ENVIRON_REPEATED` for what may come once, `ENVIRON_OUTSIDE_MOUNT` when the path is not below `scriptName`, and
 *   `ENVIRON_BAD_HEADER` by `headerNames`.
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
  repairServer(environ, options);
  repairUser(environ, options);
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
  return schemeOf(environ['REQUEST_SCHEME'], environ['HTTPS']);
}

function collect(pairs: readonly string[], duplicates: Duplicates): Variables {
  if (pairs.length % 2 !== 0)
    throw new TypeError(`pairs has ${pairs.length} entries, expected name, value, name, value`);
  const known = fromKnownShape(pairs);
  if (known !== null) return known;
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
  // Asked first: to remove what is not there takes 26 ns, to see that it is not 4.
  if (environ['HTTP_CONTENT_LENGTH'] !== undefined) delete environ['HTTP_CONTENT_LENGTH'];
  if (environ['HTTP_CONTENT_TYPE'] !== undefined) delete environ['HTTP_CONTENT_TYPE'];
  const length = environ['CONTENT_LENGTH'];
  if (length === '' || (length === '-1' && options.contentLength === 'unknown-as-absent'))
    delete environ['CONTENT_LENGTH'];
  if (environ['CONTENT_TYPE'] === '') delete environ['CONTENT_TYPE'];
  if (environ['HTTP_PROXY'] !== undefined && options.httpProxy !== 'keep') delete environ['HTTP_PROXY'];
  if (environ['HTTP_TRANSFER_ENCODING'] !== undefined && options.transferEncoding !== 'keep')
    delete environ['HTTP_TRANSFER_ENCODING'];
  if (options.headerNames !== undefined) judgeNames(environ, options.headerNames);
}

/** Caddy and h2o pass `X.Real.IP` on as `HTTP_X.REAL.IP`. */
function judgeNames(environ: Variables, headerNames: 'drop' | 'refuse'): void {
  for (const name of Object.keys(environ)) {
    if (!name.startsWith('HTTP_') || /^[0-9A-Z_]+$/.test(name)) continue;
    if (headerNames === 'refuse')
      throw new EnvironError('ENVIRON_BAD_HEADER', 'HTTP_*', `variable ${quoted(name)}`);
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- there is no prototype to fall through to
    delete environ[name];
  }
}

function repairServer(environ: Variables, { scheme }: EnvironOptions): void {
  if (scheme !== undefined) {
    environ['REQUEST_SCHEME'] = scheme;
    environ['HTTPS'] = scheme === 'https' ? 'on' : 'off';
  }
  const https = environ['HTTPS'];
  if (https !== undefined && /^(?:|0|off)$/i.test(https)) delete environ['HTTPS'];
  environ['SERVER_NAME'] = serverName(environ['SERVER_NAME'], environ['HTTP_HOST'], environ['SERVER_ADDR']);
  environ['SERVER_PORT'] ||= urlScheme(environ) === 'https' ? '443' : '80';
  environ['SERVER_PROTOCOL'] ||= 'HTTP/1.1';
  environ['QUERY_STRING'] ??= '';
}

function repairUser(environ: Variables, { remoteUser = 'auto' }: EnvironOptions): void {
  if (environ['REMOTE_USER'] === undefined && environ['AUTH_TYPE'] === undefined) return;
  const claimed = environ['SERVER_SOFTWARE']?.startsWith('HAProxy') === true;
  if (remoteUser === 'keep' || (remoteUser === 'auto' && !claimed)) return;
  delete environ['REMOTE_USER'];
  delete environ['AUTH_TYPE'];
}

function check(environ: Variables): void {
  checkMethod(environ['REQUEST_METHOD'] ?? '');
  checkProtocol(environ['SERVER_PROTOCOL'] ?? '');
  contentLength(environ);
}
