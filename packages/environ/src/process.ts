import { buildEnviron } from './build.js';
import type { Environ, EnvironOptions } from './build.js';
import { latin1Text } from './text.js';

/** Options of {@link environFromProcess}. */
export interface ProcessOptions extends EnvironOptions {
  /** Further names to take: `GEOIP_COUNTRY`, `ORIG_SCRIPT_NAME`. */
  readonly extra?: readonly string[];
  /**
   * Default `drop`: of Apache's REDIRECT_ variables only REDIRECT_STATUS, REDIRECT_URL and REDIRECT_QUERY_STRING are
   * taken. The rest is what earlier requests on the way here had: REDIRECT_REMOTE_USER is no user of this one.
   */
  readonly redirect?: 'drop' | 'keep';
  /**
   * Default `utf8`: the values are what Node made of the bytes, as in `process.env`; bytes that are no UTF-8 were lost
   * there. `latin1`: one character per byte, for who has read `/proc/self/environ`.
   */
  readonly encoding?: 'utf8' | 'latin1';
}

/** RFC 3875 §4.1, and what web servers set beyond it for every request. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['AUTH_TYPE', 'CONTENT_LENGTH', 'CONTENT_TYPE', 'GATEWAY_INTERFACE', 'PATH_INFO', 'PATH_TRANSLATED'],
  ...['QUERY_STRING', 'REMOTE_ADDR', 'REMOTE_HOST', 'REMOTE_IDENT', 'REMOTE_USER', 'REQUEST_METHOD'],
  ...['SCRIPT_NAME', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL', 'SERVER_SOFTWARE'],
  ...['CONTEXT_DOCUMENT_ROOT', 'CONTEXT_PREFIX', 'DOCUMENT_ROOT', 'DOCUMENT_URI', 'HTTPS', 'REMOTE_PORT'],
  ...['REQUEST_SCHEME', 'REQUEST_URI', 'SCRIPT_FILENAME', 'SCRIPT_URI', 'SCRIPT_URL', 'SERVER_ADDR'],
  ...['SERVER_ADMIN', 'UNIQUE_ID', 'REDIRECT_STATUS', 'REDIRECT_URL', 'REDIRECT_QUERY_STRING'],
]);

/** The OpenSSL of a process reads these: they are of the machine. */
const OF_OPENSSL: ReadonlySet<string> = new Set(['SSL_CERT_FILE', 'SSL_CERT_DIR']);

/**
 * Builds the CGI part of an environ from the environment of a CGI/1.1 program, as `process.env` has it. Taken are the
 * variables of RFC 3875, those that web servers set beside them, `HTTP_*` and `SSL_*`; PATH, HOME and whatever else the
 * process has stay out, because an environ ends up in error pages and logs.
 *
 * Web servers divide the path of a CGI program as RFC 3875 means it: `pathInfo` is `cgi` unless it is given.
 *
 * @throws EnvironError as `buildEnviron`; `ENVIRON_BAD_METHOD` when this is no CGI program's environment at all.
 *
 * @example
 * ```ts
 * import { environFromProcess } from '@gatewire/environ';
 *
 * const environ = environFromProcess({
 *   PATH: '/usr/bin', REQUEST_METHOD: 'GET', SCRIPT_NAME: '/cgi-bin/app', PATH_INFO: '/café', HTTP_HOST: 'example.com',
 * });
 * console.log(environ['PATH'], environ['SCRIPT_NAME'], environ['PATH_INFO']); // undefined /cgi-bin/app /cafÃ©
 * ```
 */
export function environFromProcess(
  env: Readonly<Record<string, string | undefined>>,
  options: ProcessOptions = {},
): Environ {
  const extra = options.extra ?? [];
  const pairs: string[] = [];
  for (const name of Object.keys(env)) {
    const value = env[name];
    if (value === undefined || !(isTaken(name, options) || extra.includes(name))) continue;
    if (options.encoding === 'latin1') pairs.push(name, value);
    else pairs.push(latin1Text(name), latin1Text(value));
  }
  return buildEnviron(pairs, { pathInfo: 'cgi', ...options });
}

function isTaken(name: string, { redirect }: ProcessOptions): boolean {
  if (TAKEN.has(name) || name.startsWith('HTTP_')) return true;
  if (name.startsWith('SSL_')) return !OF_OPENSSL.has(name);
  return redirect === 'keep' && name.startsWith('REDIRECT_');
}
