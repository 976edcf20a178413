import { checkProtocol, checkMethod, hostName } from '../checks.js';
import { contentLength } from '../content-length.js';
import { EnvironError } from '../errors.js';
import { appendHeaders } from '../headers.js';
import { checkMount, insideMount } from '../path.js';
import { repeated } from '../repeats.js';
import type { HttpRequest } from '../request.js';
import { badTarget, resolved } from '../target.js';
import { LISTS } from './list.js';
import type { VariablesOptions } from './options.js';

/** A request with its target taken apart. */
export interface RequestParts extends Omit<HttpRequest, 'headers'> {
  /** Decoded, one character per byte; empty for `*`. */
  readonly path: string;
  readonly query: string;
  /** Variables of the headers, flat, in order, repeats joined. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Variables by name. An absent one is `undefined`. */
type Values = Record<string, string | undefined>;

/** Header fields that concern one connection only (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'HTTP_CONNECTION',
  'HTTP_KEEP_ALIVE',
  'HTTP_PROXY_CONNECTION',
  'HTTP_TE',
  'HTTP_TRAILER',
  'HTTP_UPGRADE',
]);

/** Header fields as variables by name, in the order of their first appearance, repeats joined. */
export function headerVariables(
  headers: readonly string[],
  host: string | null,
  options: VariablesOptions,
): Map<string, string> {
  const pairs: string[] = [];
  appendHeaders(pairs, headers, host, options);
  const joined = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const earlier = joined.get(pairs[i]);
    const value = pairs[i + 1];
    joined.set(pairs[i], earlier === undefined ? value : repeated(pairs[i], earlier, value, 'join'));
  }
  return joined;
}

/** The variables of a request: the list of the form, then `params` that are not of the list, then headers. */
export function variables(request: RequestParts, options: VariablesOptions): string[] {
  checkMethod(request.method);
  checkProtocol(`HTTP/${request.httpVersion}`);
  checkMount(options.scriptName);
  const { form = 'uwsgi', params = [] } = options;
  if (params.length % 2 !== 0)
    throw new TypeError(`params has ${params.length} entries, expected name, value, name, value`);
  const given = new Map<string, string>();
  for (let i = 0; i < params.length; i += 2) given.set(params[i], params[i + 1]);
  const values = valuesOf(request, options);
  const pairs: string[] = [];
  const push = (name: string, value: string | undefined): void => {
    if (value !== undefined) pairs.push(name, value);
  };
  for (const name of LISTS[form]) push(name, given.get(name) ?? values[name]);
  for (const [name, value] of given) if (!LISTS[form].includes(name)) push(name, value);
  for (const [name, value] of request.headers) {
    if (!given.has(name) && isSent(name, options)) pairs.push(name, value);
  }
  return pairs;
}

/** CONTENT_TYPE and CONTENT_LENGTH are of the list; the body goes without its transfer coding. */
function isSent(name: string, { hopByHop }: VariablesOptions): boolean {
  if (!name.startsWith('HTTP_') || name === 'HTTP_TRANSFER_ENCODING') return false;
  return hopByHop === 'keep' || !HOP_BY_HOP.has(name);
}

function valuesOf(request: RequestParts, options: VariablesOptions): Values {
  const { server, client, headers } = request;
  const whole = options.path === 'as-sent' ? request.path : resolved(request.path);
  if (whole === null) throw badTarget(request.target, 'leads above the root');
  const { scriptName, pathInfo } = divided(whole, options);
  const https = request.scheme === 'https';
  return {
    CONTENT_LENGTH: lengthOf(headers, options),
    CONTENT_TYPE: headers.get('CONTENT_TYPE') || undefined,
    DOCUMENT_ROOT: options.documentRoot,
    DOCUMENT_URI: whole,
    GATEWAY_INTERFACE: 'CGI/1.1',
    HTTPS: https ? 'on' : undefined,
    PATH_INFO: pathInfo,
    QUERY_STRING: request.query,
    REDIRECT_STATUS: '200',
    REMOTE_ADDR: client.address || 'unix:', // as nginx has it
    REMOTE_PORT: client.address === '' ? undefined : String(client.port),
    REQUEST_METHOD: request.method,
    REQUEST_SCHEME: request.scheme,
    REQUEST_URI: request.target,
    SCGI: '1',
    SCRIPT_FILENAME: scriptFilename(scriptName, options),
    SCRIPT_NAME: scriptName,
    SERVER_ADDR: server.address || undefined,
    SERVER_NAME:
      options.serverName ?? (hostName(headers.get('HTTP_HOST') ?? '') || server.address || 'localhost'),
    SERVER_PORT: String(server.port || (https ? 443 : 80)),
    SERVER_PROTOCOL: `HTTP/${request.httpVersion}`,
    SERVER_SOFTWARE: options.serverSoftware ?? 'gatewire',
  };
}

function divided(
  path: string,
  { form, scriptName }: VariablesOptions,
): { scriptName: string; pathInfo: string | undefined } {
  if (scriptName !== undefined) return { scriptName, pathInfo: insideMount(path, scriptName) };
  if (form === 'fastcgi') return { scriptName: path, pathInfo: undefined };
  return { scriptName: '', pathInfo: path };
}

function scriptFilename(
  scriptName: string,
  { form, documentRoot, scriptFilename, path, scriptName: mount }: VariablesOptions,
): string | undefined {
  if (scriptFilename !== undefined || documentRoot === undefined || form !== 'fastcgi') return scriptFilename;
  // The client's path would lead out of the document root.
  if (mount === undefined && path === 'as-sent' && scriptName.split('/').includes('..'))
    throw badTarget(scriptName, 'leads out of the document root');
  return documentRoot + scriptName;
}

/** CONTENT_LENGTH: what is known of the body, and no more. php-fpm, uWSGI and CGI programs read exactly so much. */
function lengthOf(headers: ReadonlyMap<string, string>, options: VariablesOptions): string | undefined {
  const { contentLength: bytes, form } = options;
  if (bytes !== undefined) {
    if (Number.isSafeInteger(bytes) && bytes >= 0) return String(bytes);
    throw new RangeError(`contentLength is ${bytes}, expected a whole number of bytes`);
  }
  if (headers.has('HTTP_TRANSFER_ENCODING')) {
    const detail = 'the body has a transfer coding, and its length is not known';
    throw new EnvironError('ENVIRON_LENGTH_REQUIRED', 'CONTENT_LENGTH', detail);
  }
  const text = headers.get('CONTENT_LENGTH');
  if (contentLength({ CONTENT_LENGTH: text }) !== null) return text;
  return form === 'scgi' ? '0' : undefined;
}
