import { connect } from 'node:net';
import { listFixtures, loadFixture, recordedChunks } from '@gatewire/fixtures';
import type { Fixture, FixtureName } from '@gatewire/fixtures';
import type { Answer, DemoExchange, DemoRequest } from './exchange.js';
import { startObservedServer } from './observed-server.js';
import type { ObservedServer } from './observed-server.js';
import type { Stage } from './through-nginx.js';

/** The recordings that are replayed: what {@link liveRequests} sends, as near as there is one. */
const CASES: readonly (readonly [name: string, title: string])[] = [
  ['path-utf8', 'GET with a non-ASCII path'],
  ['post-form', 'POST with a form'],
  ['post-1m', 'Upload of 1 MiB'],
];

/**
 * Starts the application alone; the bytes that an nginx sent when they were recorded are sent to it as they were read.
 *
 * @throws Error when a recording is missing.
 */
export async function startRecordedStage(): Promise<Stage> {
  const fixtures = CASES.map(([name]) => loadFixture(find(name)));
  const { name, version } = fixtures[0].sidecar.server;
  const server = await startObservedServer();
  return {
    webServer: `${name} ${version}`,
    way: `recorded from ${name} ${version}`,
    about: [
      `application   uwsgi ${server.address}, the demo application in this process`,
      `recordings    what ${name} ${version} sent over uwsgi_pass, from fixtures/uwsgi`,
    ],
    exchanges: () => exchanges(fixtures, server),
    count: fixtures.length,
    url: null,
    close: () => server.close(),
  };
}

function find(name: string): FixtureName<'uwsgi'> {
  const found = listFixtures({ protocol: 'uwsgi', server: 'nginx' }).find((path) =>
    path.endsWith(`/${name}`),
  );
  if (found === undefined) throw new Error(`there is no recording ${name} in fixtures/uwsgi`);
  return found;
}

async function* exchanges(
  fixtures: readonly Fixture<'uwsgi'>[],
  server: ObservedServer,
): AsyncGenerator<DemoExchange, void, undefined> {
  for (const [i, fixture] of fixtures.entries()) {
    const observed = server.next();
    const startedAt = performance.now();
    const { bytes, firstByteMs } = await replay(fixture, server, startedAt);
    const totalMs = performance.now() - startedAt;
    const { environ, access } = await observed;
    yield {
      request: requestOf(fixture, CASES[i][1]),
      sent: { start: fixture.bytes, size: fixture.bytes.length, reads: fixture.reads.length },
      environ,
      answer: parseAnswer(bytes),
      timings: [
        ['replayed', totalMs],
        ['first byte', firstByteMs],
        ['application', access.durationMs],
      ],
    };
  }
}

/** Sends the recorded pieces and reads until the server closes, as it does after each response. */
function replay(
  fixture: Fixture<'uwsgi'>,
  { host, port }: ObservedServer,
  startedAt: number,
): Promise<{ bytes: Buffer; firstByteMs: number }> {
  return new Promise((resolve, reject) => {
    const answer: Uint8Array[] = [];
    let firstByteMs = 0;
    const socket = connect({ host, port, noDelay: true });
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer within 20 s')));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      firstByteMs ||= performance.now() - startedAt;
      answer.push(chunk);
    });
    socket.on('end', () => resolve({ bytes: Buffer.concat(answer), firstByteMs }));
    for (const chunk of recordedChunks(fixture)) socket.write(chunk);
  });
}

/** The request that the client had sent, and the body that went with it. */
function requestOf({ bytes, sidecar }: Fixture<'uwsgi'>, title: string): DemoRequest {
  const [method = '', target = ''] = sidecar.sent.requestLine.split(' ');
  const body = bytes.subarray(bytes.length - sidecar.expected.bodyBytes);
  return { title, method, target, headers: sidecar.sent.headers, body };
}

/** HTTP text, up to the end of the connection: what a web server reads. */
function parseAnswer(bytes: Buffer): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, Math.max(0, end)).split('\r\n');
  const [, status = '0', reason = ''] = /^HTTP\/1\.[01] ([0-9]{3}) ?(.*)$/.exec(statusLine) ?? [];
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(status), reason, headers, body: bytes.toString('utf8', end + 4) };
}
