import { isAsyncIterable, isLatin1, isObject, isPlainObject, show, TOKEN } from './values.js';
import type { Report } from './violation.js';

const NOT_EMPTY = ['REQUEST_METHOD', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL'];
const REQUIRED = [
  ...NOT_EMPTY,
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'wsgi.version',
  'wsgi.url_scheme',
  'wsgi.input',
  'wsgi.errors',
  'wsgi.multithread',
  'wsgi.multiprocess',
  'wsgi.run_once',
];
const FLAGS = ['wsgi.multithread', 'wsgi.multiprocess', 'wsgi.run_once', 'wsgi.input_terminated'];

type Environ = Readonly<Record<string, unknown>>;

/** Checks an environ as an application gets it. */
export function checkEnviron(environ: unknown, report: Report): environ is Record<string, unknown> {
  if (!isObject(environ)) {
    report('A2', `the environ is ${show(environ)}`, environ);
    return false;
  }
  if (!isPlainObject(environ))
    report('A2', `the environ is ${show(environ)} that cannot be copied whole or written`, environ);
  else if (!Object.isExtensible(environ)) report('A2', 'the environ cannot be changed', environ);
  checkKeys(environ, report);
  checkPaths(environ, report);
  checkRequest(environ, report);
  checkServer(environ, report);
  checkObjects(environ, report);
  return true;
}

function checkKeys(environ: Environ, report: Report): void {
  for (const key of REQUIRED) {
    if (!(key in environ)) report('S1', `${key} is missing`, environ);
    else if (NOT_EMPTY.includes(key) && environ[key] === '') report('S1', `${key} is empty`, '');
  }
  for (const [key, value] of Object.entries(environ)) {
    if (typeof value === 'string') {
      if (!isLatin1(value) || !isLatin1(key)) report('E2', `${key} has a character above U+00FF`, value);
    } else if (!key.includes('.')) report('E1', `${key} is ${show(value)}, expected a string`, value);
    if (!key.includes('.') && key !== key.toUpperCase()) report('E14', `${key} is not upper case`, key);
  }
}

/** Calls `check` for a key that is there and holds a string; others were reported already. */
function text(environ: Environ, key: string, check: (value: string) => void): void {
  const value = environ[key];
  if (typeof value === 'string') check(value);
}

function checkPaths(environ: Environ, report: Report): void {
  text(environ, 'SCRIPT_NAME', (name) => {
    if (name !== '' && !/^\/./.test(name)) report('E3', `SCRIPT_NAME is ${show(name)}`, name);
  });
  text(environ, 'PATH_INFO', (path) => {
    const star = path === '*' && environ['REQUEST_METHOD'] === 'OPTIONS';
    const fits = path === '' ? environ['SCRIPT_NAME'] !== '' : path.startsWith('/') || star;
    if (!fits) report('E4', `PATH_INFO is ${show(path)}, SCRIPT_NAME ${show(environ['SCRIPT_NAME'])}`, path);
  });
}

function checkRequest(environ: Environ, report: Report): void {
  text(environ, 'CONTENT_LENGTH', (length) => {
    if (!/^[0-9]+$/.test(length)) report('E5', `CONTENT_LENGTH is ${show(length)}, expected digits`, length);
  });
  if (environ['CONTENT_TYPE'] === '') report('E5', 'CONTENT_TYPE is empty', '');
  for (const key of ['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH']) {
    if (key in environ) report('E6', `${key} is there; ${key.slice(5)} holds it`, environ[key]);
  }
  text(environ, 'REQUEST_METHOD', (method) => {
    if (method !== '' && !TOKEN.test(method)) report('E7', `REQUEST_METHOD is ${show(method)}`, method);
  });
}

function checkServer(environ: Environ, report: Report): void {
  text(environ, 'SERVER_PORT', (port) => {
    if (!/^[0-9]*$/.test(port)) report('E8', `SERVER_PORT is ${show(port)}, expected digits`, port);
  });
  text(environ, 'SERVER_PROTOCOL', (name) => {
    if (name !== '' && !/^[A-Za-z]+\/[0-9]+(\.[0-9]+)?$/.test(name))
      report('E9', `SERVER_PROTOCOL is ${show(name)}, expected one like HTTP/1.1`, name);
  });
}

function checkObjects(environ: Environ, report: Report): void {
  const { 'wsgi.version': version, 'wsgi.url_scheme': scheme, 'wsgi.file_wrapper': wrapper } = environ;
  const one = Array.isArray(version) && version.length === 2 && version[0] === 1 && version[1] === 0;
  if (!one && 'wsgi.version' in environ) report('E10', `wsgi.version is ${show(version)}`, version);
  if (scheme !== 'http' && scheme !== 'https' && 'wsgi.url_scheme' in environ)
    report('E11', `wsgi.url_scheme is ${show(scheme)}`, scheme);
  if (wrapper !== undefined && typeof wrapper !== 'function')
    report('S14', `wsgi.file_wrapper is ${show(wrapper)}`, wrapper);
  checkMethods(environ, 'wsgi.input', ['read', 'readline', 'readlines'], report);
  checkMethods(environ, 'wsgi.errors', ['write', 'writelines', 'flush'], report);
  for (const flag of FLAGS) {
    if (flag in environ && typeof environ[flag] !== 'boolean')
      report('E13', `${flag} is ${show(environ[flag])}`, environ[flag]);
  }
}

function checkMethods(environ: Environ, key: string, methods: readonly string[], report: Report): void {
  if (!(key in environ)) return;
  const stream = environ[key];
  const missing = methods.filter((name) => !isObject(stream) || typeof stream[name] !== 'function');
  if (missing.length > 0) report('E12', `${key} has no ${missing.join(', ')}`, stream);
  else if (key === 'wsgi.input' && !isAsyncIterable(stream))
    report('E12', `${key} cannot be iterated`, stream);
}
