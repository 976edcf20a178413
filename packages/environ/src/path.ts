import type { Variables } from './build.js';
import { EnvironError, quoted } from './errors.js';
import { lenientlyDecoded, resolved } from './target.js';

/** How the path of a request is divided between SCRIPT_NAME and PATH_INFO. */
export interface PathOptions {
  /**
   * Where the application is mounted: `''` or `/name`. Given, the whole path is divided there, on a segment boundary,
   * and any other path is `ENVIRON_OUTSIDE_MOUNT`. Not given, the division of the web server is taken. lighttpd needs it
   * where it has the prefix `/`: it takes the first segment for SCRIPT_NAME.
   */
  readonly scriptName?: string;
  /**
   * What PATH_INFO means. `auto`, the default, repairs what web servers send that were not told of a division: the whole
   * path as PATH_INFO beside a SCRIPT_NAME (nginx, `uwsgi_params`), or as SCRIPT_NAME (nginx's `fastcgi_params`, Caddy,
   * Apache's mod_proxy_fcgi, HAProxy); and the authority that h2o and uWSGI's router leave in PATH_INFO.
   * `cgi` takes both as RFC 3875 means them: for Caddy's `split`, HAProxy's `path-info`, and CGI programs.
   */
  readonly pathInfo?: 'auto' | 'cgi';
}

/** What h2o makes of a request for `http://example.com/x` is `/http://example.com/x`; uWSGI's router leaves the `/` out. */
const WITH_AUTHORITY = /^\/?[A-Za-z][A-Za-z0-9+.-]*:\/+[^/]*/;

/** Sets SCRIPT_NAME and PATH_INFO so that together they are the decoded path, as PEP 3333 wants them. */
export function repairPath(environ: Variables, options: PathOptions): void {
  let scriptName = environ['SCRIPT_NAME'] ?? '';
  let pathInfo = environ['PATH_INFO'] ?? '';
  if (scriptName === '/') scriptName = '';
  // A mount without its slash would join what is before it in a URL.
  if (scriptName !== '' && !scriptName.startsWith('/')) scriptName = `/${scriptName}`;
  if (options.pathInfo !== 'cgi') {
    if (scriptName === '') pathInfo = withoutAuthority(environ, pathInfo);
    else if (pathInfo === '') {
      if (isUndivided(environ, scriptName)) [scriptName, pathInfo] = ['', scriptName];
    } else if (isWholePath(environ, scriptName, pathInfo)) pathInfo = pathInfo.slice(scriptName.length);
  }
  if (options.scriptName !== undefined) {
    pathInfo = insideMount(scriptName + pathInfo, options.scriptName);
    scriptName = options.scriptName;
  }
  if (pathInfo !== '' && !pathInfo.startsWith('/')) pathInfo = `/${pathInfo}`;
  if (pathInfo === '' && scriptName === '' && environ['REQUEST_URI'] !== '*') pathInfo = '/';
  environ['SCRIPT_NAME'] = scriptName;
  environ['PATH_INFO'] = pathInfo;
}

function withoutAuthority(environ: Variables, pathInfo: string): string {
  const target = environ['REQUEST_URI'];
  if (target === undefined || target.startsWith('/') || !pathInfo.includes(':/')) return pathInfo;
  return pathInfo.replace(WITH_AUTHORITY, '');
}

/**
 * Whether SCRIPT_NAME is the whole path: nobody told the web server of a division. Then there is no PATH_INFO (Caddy sends
 * an empty one in any case), and of nginx and Caddy DOCUMENT_URI tells, which is the path; of Apache the address that it
 * puts into SCRIPT_FILENAME; of HAProxy its name.
 */
function isUndivided(environ: Variables, scriptName: string): boolean {
  const software = environ['SERVER_SOFTWARE'] ?? '';
  if (environ['PATH_INFO'] !== undefined && !software.startsWith('Caddy')) return false;
  if (environ['DOCUMENT_URI'] !== undefined) return environ['DOCUMENT_URI'] === scriptName;
  return software.startsWith('HAProxy') || environ['SCRIPT_FILENAME']?.startsWith('proxy:fcgi://') === true;
}

/** Whether PATH_INFO repeats SCRIPT_NAME: it begins with it, and the request target is not the two of them together. */
function isWholePath(environ: Variables, scriptName: string, pathInfo: string): boolean {
  const target = environ['REQUEST_URI'];
  if (target === undefined || !isBelow(pathInfo, scriptName)) return false;
  const path = lenientlyDecoded(target);
  const both = scriptName + pathInfo;
  return path !== both && resolved(path) !== both;
}

/**
 * What follows `mount` in `path`.
 *
 * @throws EnvironError `ENVIRON_OUTSIDE_MOUNT`
 */
export function insideMount(path: string, mount: string): string {
  if (isBelow(path, mount)) return path.slice(mount.length);
  throw new EnvironError(
    'ENVIRON_OUTSIDE_MOUNT',
    'PATH_INFO',
    `${quoted(path)} is not below ${quoted(mount)}`,
  );
}

/** Whether `path` is `mount` or continues it at a `/`. Everything is below `''`. */
function isBelow(path: string, mount: string): boolean {
  if (!path.startsWith(mount)) return false;
  return mount === '' || path.length === mount.length || path[mount.length] === '/';
}

/** @throws RangeError unless `mount` is `''`, or begins with `/` and does not end with one. */
export function checkMount(mount: string | undefined): void {
  if (mount === undefined || mount === '' || (mount.startsWith('/') && !mount.endsWith('/'))) return;
  throw new RangeError(`scriptName is ${quoted(mount)}, expected '' or a path such as '/app'`);
}
