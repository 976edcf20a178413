import type { BoundAddress } from '@gatewire/server';
import { describeWith, passLocation, startNginx } from '@gatewire/testkit';
import type { RunningNginx } from '@gatewire/testkit';
import { afterEach, describe, expect } from 'vitest';
import { request } from './client.js';
import type { TestServer } from './client.js';
import { overFastcgi } from './fastcgi-client.js';

/** A request to the server of a test, by some way. */
export type Path = (path: string, init?: RequestInit) => Promise<Response>;

/** Runs a suite over every protocol, and behind nginx. `server` is the one that the test has started. */
export function overEveryPath(suite: (path: Path) => void, server: () => TestServer): void {
  describe('over uwsgi', () => suite((path, init) => overUwsgi(server().uwsgi, path, init)));
  describe.each([true, false])('over FastCGI, KEEP_CONN %s', (keepConn) => {
    suite((path, init) => overFastcgi(server().fastcgi, path, init, keepConn));
  });
  describe('over HTTP', () => suite((path, init) => fetch(`http://${server().http.address}${path}`, init)));
  for (const front of BEHIND_NGINX)
    describeWith('nginx', `over ${front.name} behind nginx`, () => behind(front, suite, server));
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

/** How nginx is told to reach a server. */
interface Front {
  readonly name: string;
  location(server: TestServer): string;
  http?(server: TestServer): string;
}

const BEHIND_NGINX: readonly Front[] = [
  {
    name: 'uwsgi',
    location: ({ uwsgi }) => passLocation('uwsgi', uwsgi.address, 'client_max_body_size 0;'),
  },
  {
    name: 'FastCGI',
    location: ({ fastcgi }) => passLocation('fastcgi', fastcgi.address, 'client_max_body_size 0;'),
  },
  {
    name: 'FastCGI with fastcgi_keep_conn',
    location: () => passLocation('fastcgi', 'kept', 'client_max_body_size 0; fastcgi_keep_conn on;'),
    http: ({ fastcgi }) => `upstream kept { server ${fastcgi.address}; keepalive 4; }`,
  },
];

function behind(front: Front, suite: (path: Path) => void, server: () => TestServer): void {
  let nginx: RunningNginx | undefined;
  afterEach(async () => {
    await nginx?.stop();
    nginx = undefined;
  });
  suite(async (path, init) => {
    await nginx?.stop();
    nginx = await startNginx({ locations: [front.location(server())], http: front.http?.(server()) ?? '' });
    return fetch(`${nginx.url}${path}`, init);
  });
}
