import { posix } from 'node:path';
import { buildEnviron } from '@gatewire/environ';
import type { Environ } from '@gatewire/environ';
import { httpScope } from '@gatewire/environ/scope';
import { listFixtures, loadFixture } from '@gatewire/fixtures';
import type { FixtureName, Sent } from '@gatewire/fixtures';
import { describe, expect, test } from 'vitest';

// Every variable of every request that was recorded from a real web server. What is expected comes from the request that the
// client sent and from what the server documents; AS_SENT is for what only the server knows, and must not be touched.

const AS_SENT = Symbol('as the web server sent it');
type Expected = string | undefined | typeof AS_SENT;

interface Case {
  readonly server: string;
  readonly protocol: string;
  /** What follows the version in the directory's name. */
  readonly variant: string;
  readonly name: string;
  readonly sent: Sent;
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly wire: readonly string[];
}

/** Values of a variable on the wire. */
const onWire = ({ wire }: Case, name: string): string[] =>
  wire.filter((_, i) => i % 2 === 1 && wire[i - 1] === name);

/** Values of a header that the client sent, without the blanks around them. */
const sentValues = ({ sent }: Case, name: string): string[] =>
  sent.headers
    .filter(([field]) => field.toLowerCase() === name)
    .map(([, value]) => value.replace(/^[ \t]+|[ \t]+$/g, ''));

const decode = (path: string): string =>
  path.replace(/%[0-9A-Fa-f]{2}/g, (text) => Buffer.from(text.slice(1), 'hex').toString('latin1'));

/** The path as the server decodes it. h2o and uWSGI's router resolve dots, and leave double slashes. */
function pathOf({ server, target }: Case): string {
  if (target === '*') return '';
  const path = decode(target.replace(/^https?:\/\/[^/]*/, '').split('?')[0]);
  if (server === 'caddy' || server === 'haproxy') return path;
  if (server === 'h2o' || server === 'uwsgi') return path.replace('/./b/../', '/');
  return posix.normalize(path);
}

/** Where the recorded servers divide the path: mounts of their configuration, `.php` where they were told of it. */
function mountOf(request: Case): string {
  const { server, protocol, variant, target } = request;
  if (variant === '-mounted' || (server === 'apache' && protocol === 'uwsgi')) {
    return target.startsWith('/app/') ? '/app' : '';
  }
  // A line feed stops the regular expression of fastcgi_split_path_info: SCRIPT_NAME is all of it (CVE-2019-11043).
  if (variant === '-split' && target.includes('%0A')) return pathOf(request);
  if (server === 'lighttpd') return target.startsWith('/wiki/') ? '/wiki' : '';
  const splits = server === 'caddy' || server === 'haproxy' || variant === '-split';
  return splits && /^\/app\.php(?:\/|\?|$)/.test(target) ? '/app.php' : '';
}

/** SERVER_NAME of a request without Host: the configured name, or the address, or nothing that could be a name. */
const WITHOUT_HOST: Readonly<Record<string, string>> = {
  apache: 'www.example.test',
  caddy: 'localhost',
  h2o: 'www.example.test',
  haproxy: '127.0.0.1',
  lighttpd: '127.0.0.1',
  uwsgi: 'localhost',
};

function hostOf(request: Case): string {
  const { server, target } = request;
  const authority = /^https?:\/\/([^/]*)/.exec(target)?.[1];
  // RFC 9112 §3.2.2; h2o and uWSGI's router go by Host all the same.
  if (authority !== undefined && (server === 'apache' || server === 'caddy')) return authority;
  return [...sentValues(request, 'host'), ...sentValues(request, ':authority'), ''][0];
}

function serverName(request: Case): string {
  const { server } = request;
  if (server === 'nginx' || server === 'h2o') return 'www.example.test'; // as it is configured
  return hostOf(request).replace(/:\d+$/, '') || WITHOUT_HOST[server];
}

function serverPort(request: Case): Expected {
  if (onWire(request, 'SERVER_PORT').join('') === '') return '80'; // nginx, behind a unix socket
  if (request.server !== 'apache' && request.server !== 'caddy') return AS_SENT;
  return /:(\d+)$/.exec(hostOf(request))?.[1] ?? (isTls(request) ? '443' : '80');
}

function contentLength(request: Case): string | undefined {
  const { server, sent, protocol, variant } = request;
  // nginx sends the body as it comes, and has no length for it.
  if (sent.body?.transfer === 'chunked' && protocol === 'fastcgi' && variant.endsWith('-unbuffered'))
    return undefined;
  if (sent.body !== null) return String(sent.body.bytes);
  if (sentValues(request, 'content-length').length > 0) return '0';
  return ['lighttpd', 'caddy', 'haproxy'].includes(server) ? '0' : undefined;
}

const isTls = ({ variant }: Case): boolean => variant === '-tls';
const asSent = (): Expected => AS_SENT;

/** The variables of RFC 3875 §4.1, then the others that web servers send. */
const ROWS: Readonly<Record<string, (request: Case) => Expected>> = {
  AUTH_TYPE: ({ server }) => (server === 'haproxy' ? undefined : AS_SENT),
  CONTENT_LENGTH: contentLength,
  CONTENT_TYPE: (request) => sentValues(request, 'content-type')[0],
  GATEWAY_INTERFACE: (request) => (onWire(request, 'GATEWAY_INTERFACE').length > 0 ? 'CGI/1.1' : undefined),
  PATH_INFO: (request) => pathOf(request).slice(mountOf(request).length),
  PATH_TRANSLATED: asSent,
  QUERY_STRING: (request) => {
    const query = request.target.split('?').slice(1).join('?');
    return request.server === 'lighttpd' && /[^!-~]/.test(query) ? AS_SENT : query; // it encodes bytes
  },
  REMOTE_ADDR: ({ sent, variant }) => {
    if (sent.via === 'unix') return 'unix:';
    return variant === '-ipv6' ? '::1' : '127.0.0.1';
  },
  REMOTE_HOST: asSent,
  REMOTE_IDENT: asSent,
  REMOTE_USER: ({ server }) => (server === 'haproxy' ? undefined : AS_SENT),
  REQUEST_METHOD: ({ method }) => method,
  SCRIPT_NAME: mountOf,
  SERVER_NAME: serverName,
  SERVER_PORT: serverPort,
  SERVER_PROTOCOL: ({ version }) => version,
  SERVER_SOFTWARE: asSent,
  CONTEXT_DOCUMENT_ROOT: asSent,
  CONTEXT_PREFIX: asSent,
  DOCUMENT_ROOT: asSent,
  DOCUMENT_URI: asSent,
  HTTPS: (request) => (isTls(request) ? 'on' : undefined),
  REDIRECT_STATUS: asSent,
  REDIRECT_URI: asSent,
  REMOTE_PORT: asSent,
  REQUEST_SCHEME: (request) => {
    if (onWire(request, 'REQUEST_SCHEME').length === 0) return undefined;
    return isTls(request) ? 'https' : 'http';
  },
  REQUEST_URI: ({ server, target }) =>
    server === 'nginx' || server === 'caddy' ? target.replace(/^https?:\/\/[^/]*/, '') : target,
  SCRIPT_FILENAME: asSent,
  SERVER_ADDR: asSent,
};

/** Of two Cookie headers: RFC 6265 joins by `; `. What a server has joined stays as it is. */
const COOKIES: Readonly<Record<string, string>> = { apache: ', ', caddy: ', ', uwsgi: ', ', h2o: ';' };

/** What a server says about itself in the place of the client's header. */
const SERVERS_OWN = ['HTTP_HOST', 'HTTP_CONNECTION', 'HTTP_X_FORWARDED_FOR', 'HTTP_VIA', 'HTTP_TE'];
const REMOVED = ['HTTP_PROXY', 'HTTP_TRANSFER_ENCODING', 'HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH'];

function headerOf(request: Case, name: string): Expected {
  const field = name.slice(5).toLowerCase().replaceAll('_', '-');
  const values = sentValues(request, field);
  const joined = values.join(field === 'cookie' ? (COOKIES[request.server] ?? '; ') : ', ');
  const alias = request.sent.headers.some(
    ([other]) => other.includes('_') && other.toLowerCase().replaceAll('_', '-') === field,
  );
  return SERVERS_OWN.includes(name) || alias || values.length === 0 ? AS_SENT : joined;
}

function checkEnviron(request: Case, environ: Environ): void {
  const { wire } = request;
  for (const [name, row] of Object.entries(ROWS)) {
    const expected = row(request);
    expect([name, environ[name]]).toEqual([
      name,
      expected === AS_SENT ? onWire(request, name).at(-1) : expected,
    ]);
  }
  const names = [...new Set(wire.filter((_, i) => i % 2 === 0))].filter((name) => !(name in ROWS));
  const headers = names.filter((name) => name.startsWith('HTTP_') && !REMOVED.includes(name));
  for (const name of headers) {
    const expected = headerOf(request, name);
    const value = expected === AS_SENT ? onWire(request, name).join(', ') : expected;
    expect([name, environ[name]]).toEqual([name, value]);
  }
  for (const name of REMOVED) expect([name, environ[name]]).toEqual([name, undefined]);
  const others = names.filter((name) => !name.startsWith('HTTP_'));
  for (const name of others) expect([name, environ[name]]).toEqual([name, onWire(request, name).at(-1)]);
  const known = [...Object.keys(ROWS), ...headers, ...others];
  expect(Object.keys(environ).filter((name) => !known.includes(name))).toEqual([]);
}

function checkScope(request: Case): void {
  const scope = httpScope(request.wire);
  const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('latin1');
  const path = request.target === '*' ? '*' : Buffer.from(pathOf(request), 'latin1').toString('utf8');
  expect(scope).toMatchObject({
    method: request.method.toUpperCase(),
    path,
    root_path: mountOf(request),
    scheme: isTls(request) ? 'https' : 'http',
    http_version: request.version.replace(/^HTTP\//, '').replace('2.0', '2'),
  });
  const sentPath = request.target.replace(/^https?:\/\/[^/]*/, '').split('?')[0];
  expect([text(scope.raw_path), scope.server?.[0]]).toEqual([sentPath, serverName(request)]);
  const expected = request.wire.flatMap((name, i) => {
    const value = request.wire[i + 1];
    if (i % 2 === 1 || REMOVED.includes(name)) return [];
    if (name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH')
      return value === '' ? [] : [[name.toLowerCase().replace('_', '-'), value]];
    return name.startsWith('HTTP_') ? [[name.slice(5).toLowerCase().replaceAll('_', '-'), value]] : [];
  });
  expect(scope.headers.map(([name, value]) => [text(name), text(value)])).toEqual(expected);
}

function casesOf(name: FixtureName): Case[] {
  const { sidecar } = loadFixture(name);
  const [protocol, directory] = name.split('/');
  const sent = Array.isArray(sidecar.sent) ? (sidecar.sent as Sent[]) : [sidecar.sent as Sent];
  const expected = 'requests' in sidecar.expected ? sidecar.expected.requests : [sidecar.expected];
  return expected.map(({ pairs }, i) => {
    const [, method, target, version] = /^(\S+) (.*) (HTTP\/\S+)$/s.exec(sent[i].requestLine) ?? [];
    const variant = directory.slice(`${sidecar.server.name}-${sidecar.server.version}`.length);
    const server = sidecar.server.name;
    return { server, protocol, variant, name, sent: sent[i], method, target, version, wire: pairs.flat() };
  });
}

describe.each(listFixtures().filter((name) => 'sent' in loadFixture(name).sidecar))('%s', (name) => {
  test('every variable, and the scope', () => {
    for (const request of casesOf(name)) {
      checkEnviron(request, buildEnviron(request.wire));
      checkScope(request);
    }
  });
});
