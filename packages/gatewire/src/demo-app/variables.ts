import type { WSGIEnvironment } from '@gatewire/interfaces';
import { readable } from '../show-bytes.js';

/** One variable of an environ as it is shown. */
export interface Variable {
  readonly name: string;
  /** A string as people read it, controls and all; else a description such as `[1, 0]` or `<InputStream>`. */
  readonly value: string;
  readonly isText: boolean;
}

/** Variables that belong together on the page. */
export interface Group {
  readonly title: string;
  readonly variables: readonly Variable[];
}

/** The variables that say what was asked for; HTTP_*, wsgi.* and the rest are told apart by their names. */
const REQUEST: ReadonlySet<string> = new Set([
  'CONTENT_LENGTH',
  'CONTENT_TYPE',
  'DOCUMENT_URI',
  'HTTPS',
  'PATH_INFO',
  'PATH_TRANSLATED',
  'QUERY_STRING',
  'REQUEST_METHOD',
  'REQUEST_SCHEME',
  'REQUEST_URI',
  'SCRIPT_NAME',
  'SERVER_PROTOCOL',
]);

const TITLES = ['Request', 'Headers', 'Server and client', 'WSGI'] as const;

/** Every variable of `environ`, sorted by name. */
export function variablesOf(environ: WSGIEnvironment): Variable[] {
  const entries = Object.entries(environ) as [string, unknown][];
  const present = entries.filter(([, value]) => value !== undefined);
  return present.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => variable(name, value));
}

/** The same in groups; groups without a variable are left out. */
export function groupsOf(environ: WSGIEnvironment): Group[] {
  const variables = variablesOf(environ);
  const groups = TITLES.map((title) => ({
    title,
    variables: variables.filter(({ name }) => titleFor(name) === title),
  }));
  return groups.filter((group) => group.variables.length > 0);
}

function titleFor(name: string): (typeof TITLES)[number] {
  if (name.includes('.')) return 'WSGI';
  if (name.startsWith('HTTP_')) return 'Headers';
  return REQUEST.has(name) ? 'Request' : 'Server and client';
}

function variable(name: string, value: unknown): Variable {
  if (typeof value === 'string') return { name: readable(name), value: readable(value), isText: true };
  return { name: readable(name), value: describe(value), isText: false };
}

function describe(value: unknown): string {
  if (typeof value === 'function') return '<function>';
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `<${nameOfClass(value)}>`;
  return String(value);
}

function nameOfClass(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const name = prototype === null ? '' : value.constructor.name;
  return name === '' ? 'Object' : name;
}
