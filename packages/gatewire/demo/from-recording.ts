import { connect } from 'node:net';
import { listFixtures, loadFixture, recordedChunks } from '@gatewire/fixtures';
import type { Fixture } from '@gatewire/fixtures';
import { decodeAnswer } from './decode-answer.js';
import type { DemoExchange, DemoRequest, Gateway } from './exchange.js';
import { startObservedServer } from './observed-server.js';
import type { ObservedServer, Target } from './observed-server.js';
import { countOf, scenes } from './scenes.js';
import type { Stage } from './through-nginx.js';

/** The recordings that are replayed: what {@link liveRequests} sends, as near as there is one. */
const CASES: readonly (readonly [name: string, title: string, over: readonly Gateway[]])[] = [
  ['path-utf8', 'GET with a non-ASCII path', ['uwsgi', 'fastcgi']],
  ['post-form', 'POST with a form', ['uwsgi']],
  ['post-1m', 'Upload of 1 MiB', ['uwsgi']],
];

/** A request, and the connection that was recorded when it was sent over each protocol. */
interface Recorded {
  readonly request: DemoRequest;
  readonly connections: ReadonlyMap<Gateway, Fixture>;
}

/**
 * Starts the application alone; the bytes that an nginx sent when they were recorded are sent to it as they were read.
 *
 * @throws Error when a recording is missing.
 */
export async function startRecordedStage(): Promise<Stage> {
  const recorded = CASES.map(([name, title, over]) => load(name, title, over));
  const requests = recorded.map(({ request }) => request);
  const { name, version } = find('uwsgi', CASES[0][0]).sidecar.server;
  const server = await startObservedServer();
  const { uwsgi, fastcgi } = server.targets;
  return {
    webServer: `${name} ${version}`,
    way: `recorded from ${name} ${version}`,
    about: [
      `application   uwsgi ${uwsgi.address} and fastcgi ${fastcgi.address}, in this process`,
      `recordings    what ${name} ${version} sent over uwsgi_pass and fastcgi_pass, from fixtures/`,
    ],
    scenes: () => scenes(requests, (request, gateway) => perform(request, gateway, recorded, server)),
    count: countOf(requests),
    urls: null,
    close: () => server.close(),
  };
}

function load(name: string, title: string, over: readonly Gateway[]): Recorded {
  const connections = new Map(over.map((gateway): [Gateway, Fixture] => [gateway, find(gateway, name)]));
  return { request: requestOf(find('uwsgi', name), title, over), connections };
}

function find<G extends Gateway>(protocol: G, name: string): Fixture<G> {
  const found = listFixtures({ protocol, server: 'nginx' }).find((path) => path.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`there is no recording ${name} in fixtures/${protocol}`);
  return loadFixture(found);
}

/** The request that the client had sent, and the body that went with it. */
function requestOf(fixture: Fixture<'uwsgi'>, title: string, over: readonly Gateway[]): DemoRequest {
  const { bytes, sidecar } = fixture;
  const [method = '', target = ''] = sidecar.sent.requestLine.split(' ');
  const body = bytes.subarray(bytes.length - sidecar.expected.bodyBytes);
  return { title, method, target, headers: sidecar.sent.headers, body, over };
}

async function perform(
  request: DemoRequest,
  gateway: Gateway,
  recorded: readonly Recorded[],
  server: ObservedServer,
): Promise<DemoExchange> {
  const fixture = recorded.find((one) => one.request === request)?.connections.get(gateway);
  if (fixture === undefined) throw new Error(`${request.title} was not recorded over ${gateway}`);
  const observed = server.next();
  const startedAt = performance.now();
  const { pieces, firstByteMs } = await replay(fixture, server.targets[gateway], startedAt);
  const totalMs = performance.now() - startedAt;
  const { environ, access } = await observed;
  const bytes = Buffer.concat(pieces);
  return {
    gateway,
    request,
    sent: { start: fixture.bytes, size: fixture.bytes.length, reads: fixture.reads.length },
    returned: { start: bytes, size: bytes.length, reads: pieces.length },
    environ,
    answer: decodeAnswer(gateway, bytes),
    timings: [
      ['replayed', totalMs],
      ['first byte', firstByteMs],
      ['application', access.durationMs],
    ],
  };
}

/** Sends the recorded pieces and reads until the server closes, as it does after each response. */
function replay(
  fixture: Fixture,
  { host, port }: Target,
  startedAt: number,
): Promise<{ pieces: readonly Uint8Array[]; firstByteMs: number }> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    let firstByteMs = 0;
    const socket = connect({ host, port, noDelay: true });
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer within 20 s')));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      firstByteMs ||= performance.now() - startedAt;
      pieces.push(chunk);
    });
    socket.on('end', () => resolve({ pieces, firstByteMs }));
    for (const chunk of recordedChunks(fixture)) socket.write(chunk);
  });
}
