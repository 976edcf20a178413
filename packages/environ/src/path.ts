import type { Variables } from './build.js';
import { EnvironError, quoted } from './errors.js';

/** How the path of a request is divided between SCRIPT_NAME and PATH_INFO. */
export interface PathOptions {
  /**
   * Where the application is mounted: `''` or `/name`. Given, the whole path is divided there, on a segment boundary,
   * and any other path is `ENVIRON_OUTSIDE_MOUNT`. Not given, the division of the web server is taken.
   */
  readonly scriptName?: string;
  /**
   * What PATH_INFO means. `auto`, the default, repairs what nginx's own parameter files do: with `uwsgi_params` and a
   * SCRIPT_NAME added, PATH_INFO holds the whole path; with `fastcgi_params`, SCRIPT_NAME does and there is no
   * PATH_INFO. `cgi` takes both as RFC 3875 means them, for users of `fastcgi_split_path_info`.
   */
  readonly pathInfo?: 'auto' | 'cgi';
}

/** Sets SCRIPT_NAME and PATH_INFO so that together they are the decoded path, as PEP 3333 wants them. */
export function repairPath(environ: Variables, options: PathOptions): void {
  let scriptName = environ['SCRIPT_NAME'] ?? '';
  let pathInfo = environ['PATH_INFO'] ?? '';
  if (scriptName === '/') scriptName = '';
  if (options.pathInfo !== 'cgi') {
    if (pathInfo === '' && scriptName !== '' && environ['DOCUMENT_URI'] === scriptName) {
      [scriptName, pathInfo] = ['', scriptName];
    } else if (isWholePath(environ, scriptName, pathInfo)) {
      pathInfo = pathInfo.slice(scriptName.length);
    }
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

/** Whether PATH_INFO repeats SCRIPT_NAME: it begins with it, while the request target does not hold it twice. */
function isWholePath(environ: Variables, scriptName: string, pathInfo: string): boolean {
  const target = environ['REQUEST_URI'];
  if (scriptName === '' || target === undefined || !isBelow(pathInfo, scriptName)) return false;
  return !target.startsWith(scriptName + scriptName);
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
