import { once } from 'node:events';
import { createServer } from 'node:net';
import type { BoundAddress } from '@gatewire/server';
import { describeWith, passLocation, startApache, startLighttpd, startNginx } from '@gatewire/testkit';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { PORTS, request } from './client.js';
import type { TestServer } from './client.js';
import { overFastcgi } from './fastcgi-client.js';

/** A request to the server of a test, by some way. */
export type Path = (path: string, init?: RequestInit) => Promise<Response>;

/** Runs a suite over every protocol, and behind nginx, Apache and lighttpd. `server` is the one that the test has started. */
export function overEveryPath(suite: (path: Path) => void, server: () => TestServer): void {
  describe('over uwsgi', () => suite((path, init) => overUwsgi(server().uwsgi, path, init)));
  describe.each([true, false])('over FastCGI, KEEP_CONN %s', (keepConn) => {
    suite((path, init) => overFastcgi(server().fastcgi, path, init, keepConn));
  });
  describe('over HTTP', () => suite((path, init) => fetch(`http://${server().http.address}${path}`, init)));
  for (const front of FRONTS) describeWith(front.program, `over ${front.name}`, () => behind(front, suite));
}

/** Runs a suite behind nginx, Apache and lighttpd only. */
export function behindEveryFront(suite: (path: Path, name: string) => void): void {
  for (const front of FRONTS)
    describeWith(front.program, `over ${front.name}`, () => behind(front, (path) => suite(path, front.name)));
}

/** As `fetch`, over uwsgi. */
async function overUwsgi(address: BoundAddress, path: string, init: RequestInit = {}): Promise<Response> {
  const [pathInfo, query = ''] = path.split('?');
  const pairs = [
    ...[
      'REQUEST_METHOD',
      init.method ?? 'GET',
      'REQUEST_URI',
      path,
      'PATH_INFO',
      Buffer.from(decodeURI(pathInfo)).toString('latin1'),
      'QUERY_STRING',
      query,
    ],
    ...[
      'HTTP_HOST',
      'localhost',
      'SERVER_PROTOCOL',
      'HTTP/1.1',
      'REMOTE_ADDR',
      '127.0.0.1',
      'SERVER_NAME',
      'localhost',
    ],
  ];
  const { status, body, head } = await request(address, pairs, init.body as Uint8Array | undefined);
  const headers = head
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(': ') as [string, string]);
  const bodyless = init.method === 'HEAD' || status === 204 || status === 304;
  if (bodyless) expect(body).toHaveLength(0);
  return new Response(bodyless ? null : body, { status, headers });
}

/** A web server in front of ours. */
interface Front {
  readonly program: string;
  readonly name: string;
  readonly protocol: 'uwsgi' | 'fastcgi';
  /** Starts it, in front of a port on 127.0.0.1. */
  start(port: number): Promise<RunningFront>;
}

interface RunningFront {
  readonly port: number;
  stop(): Promise<unknown>;
}

const nginx = (name: string, protocol: Front['protocol'], more = '', http = ''): Front => ({
  program: 'nginx',
  name: `${name} behind nginx`,
  protocol,
  start: (port) =>
    startNginx({
      server: 'client_max_body_size 0;',
      http: `upstream app { server 127.0.0.1:${port}; ${http} }`,
      locations: [passLocation(protocol, 'app', more)],
    }),
});

const apache = (name: string, protocol: Front['protocol'], module: string, scheme: string): Front => ({
  program: 'apache2',
  name: `${name} behind Apache`,
  protocol,
  // `retry=0`: between two tests nobody listens, and Apache would not try again for a minute.
  start: (port) => startApache(['proxy', module], [`ProxyPass / ${scheme}://127.0.0.1:${port}/ retry=0`]),
});

// Unless it streams, lighttpd takes all of a response before it looks at its client again.
const lighttpd = (name: string, protocol: Front['protocol'], module: string, more: string): Front => ({
  program: 'lighttpd',
  name: `${name} behind lighttpd`,
  protocol,
  start: (port) =>
    startLighttpd(
      [`mod_${module}`],
      `${module}.server = ("/" => ((
        "host" => "127.0.0.1", "port" => ${port}, "check-local" => "disable", "fix-root-scriptname" => "enable",
        "disable-time" => 0
      )))
      server.stream-response-body = 2
      ${more}`,
    ),
});

const FRONTS: readonly Front[] = [
  nginx('uwsgi', 'uwsgi'),
  nginx('FastCGI', 'fastcgi'),
  nginx('FastCGI with fastcgi_keep_conn', 'fastcgi', 'fastcgi_keep_conn on;', 'keepalive 4;'),
  apache('uwsgi', 'uwsgi', 'proxy_uwsgi', 'uwsgi'),
  apache('FastCGI', 'fastcgi', 'proxy_fcgi', 'fcgi'),
  lighttpd('uwsgi', 'uwsgi', 'scgi', 'scgi.protocol = "uwsgi"'),
  lighttpd('FastCGI', 'fastcgi', 'fastcgi', ''),
];

/** What runs, and the port behind it: started once for all tests of a file, which take turns at that port. */
const running = new Map<Front, Promise<{ readonly front: RunningFront; readonly port: number }>>();

afterAll(async () => {
  await Promise.all([...running.values()].map(async (one) => (await one).front.stop()));
  running.clear();
});

async function launch(front: Front): Promise<{ front: RunningFront; port: number }> {
  const port = await steadyPort();
  return { front: await front.start(port), port };
}

function behind(front: Front, suite: (path: Path) => void): void {
  let url = '';
  beforeAll(async () => {
    const launched = running.get(front) ?? launch(front);
    running.set(front, launched);
    const started = await launched;
    url = `http://127.0.0.1:${started.front.port}`;
    PORTS[front.protocol] = started.port;
  });
  afterAll(() => {
    PORTS[front.protocol] = 0;
  });
  suite((path, init) => fetch(`${url}${path}`, init));
}

/** A free port that no client is ever given: the system gives them ports of 32,768 and above. */
async function steadyPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
