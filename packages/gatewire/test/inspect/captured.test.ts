import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeWith,
  findProgram,
  makeTempDir,
  passLocation,
  startNginx,
  startProgram,
} from '@gatewire/testkit';
import type { RunningNginx, RunningProgram, TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatewire, runApart } from '../cli.js';

// nginx in front of gatewire serve, with tcpdump looking on.

const APPLICATION = `
export const app = async (environ, start) => {
  const body = await environ['wsgi.input'].read();
  start('200 OK', [['Content-Type', 'text/plain'], ['X-Size', String(body.length)]]);
  return [new TextEncoder().encode('seen ' + environ.PATH_INFO + '\\n'), body];
};
`;

/** 200 KiB of every byte there is. */
const BODY = Uint8Array.from({ length: 204_800 }, (_, i) => (i * 17 + (i >> 8)) & 0xff);

/** tcpdump captures for root alone. The name of what is missing is one that no program has. */
const NEEDED = ['tcpdump', 'nginx', ...(process.getuid?.() === 0 ? [] : ['(root, to capture)'])];

interface Line {
  readonly connection: number;
  readonly kind: string;
  readonly sender: string;
  readonly time: number;
  readonly variables?: readonly (readonly [string, string])[];
  readonly status?: number;
  readonly body?: string;
  readonly requestId?: number;
  readonly content?: string;
}

describeWith(NEEDED, 'gatewire inspect on what tcpdump wrote', () => {
  let directory: TempDir;
  let server: RunningProgram;
  let nginx: RunningNginx;
  const ports = new Map<string, string>();

  beforeAll(async () => {
    directory = await makeTempDir('gatewire-inspect');
    await writeFile(join(directory.path, 'app.mjs'), APPLICATION);
    const listen = ['--uwsgi', ':0', '--fastcgi', ':0', '--access-log', 'none'];
    server = await gatewire(['serve', 'app.mjs', ...listen], {
      cwd: directory.path,
      ready: { output: /^listening on fastcgi \S+\n/m },
    });
    for (const [, protocol, port] of server.output().matchAll(/^listening on (\w+) 127\.0\.0\.1:(\d+)$/gm))
      ports.set(protocol, port);
    const fastcgi = 'fastcgi_keep_conn on;';
    nginx = await startNginx({
      http: `upstream kept { server 127.0.0.1:${ports.get('fastcgi')}; keepalive 1; }`,
      locations: [
        passLocation('uwsgi', `127.0.0.1:${ports.get('uwsgi')}`, '', '/uwsgi/'),
        passLocation('fastcgi', 'kept', fastcgi, '/fastcgi/'),
      ],
    });
  });
  afterAll(async () => {
    await nginx.stop();
    await server.stop();
    await directory.remove();
  });

  let captures = 0;
  /** Runs tcpdump during `act`; the file that it wrote. */
  async function capture(args: readonly string[], act: () => Promise<unknown>): Promise<string> {
    const file = join(directory.path, `${++captures}.pcap`);
    // 16 MiB of buffer, or the kernel drops packets of a busy machine. As root it would change to a user that may not write here.
    const user = process.getuid?.() === 0 ? ['-Z', 'root'] : [];
    const program = await startProgram(
      findProgram('tcpdump') ?? 'tcpdump',
      [...user, '-U', '--immediate-mode', '-n', '-B', '16384', '-w', file, ...args],
      { ready: { output: /listening on / }, stopSignal: 'SIGINT' },
    );
    await act();
    await settled(file);
    await program.stop();
    return file;
  }

  /** Waits until the file grows no more: packets reach it a moment after they were seen. */
  async function settled(file: string): Promise<void> {
    let before = -1;
    for (let size = 0; size !== before; size = (await readFile(file)).length) {
      before = size;
      await sleep(300);
    }
  }

  async function json(...args: string[]): Promise<Line[]> {
    const { code, stdout, stderr } = await runApart(['inspect', '--json', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    return stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  }

  const get = (path: string): Promise<string> => fetch(`${nginx.url}${path}`).then((answer) => answer.text());
  const post = (path: string): Promise<ArrayBuffer> =>
    fetch(`${nginx.url}${path}`, { method: 'POST', body: BODY }).then((answer) => answer.arrayBuffer());

  test('uwsgi: a request and a response per connection, in JSON, as a table, as bytes', async () => {
    const file = await capture(['-i', 'lo', `tcp port ${ports.get('uwsgi')}`], async () => {
      await get('/uwsgi/one?a=%31');
      await post('/uwsgi/two');
    });
    const lines = await json(file);
    expect(lines.map(({ connection, kind }) => `${connection} ${kind}`)).toEqual([
      ...['1 request', '1 response', '2 request', '2 response'],
    ]);
    expect(new Map(lines[0].variables).get('REQUEST_URI')).toBe('/uwsgi/one?a=%31');
    expect(lines[1]).toMatchObject({
      status: 200,
      body: Buffer.from('seen /uwsgi/one\n').toString('base64'),
    });
    expect(Buffer.from(lines[2].body ?? '', 'base64').equals(BODY)).toBe(true);
    expect(lines[0].time).toBeLessThanOrEqual(lines[1].time);
    expect(lines[1].time).toBeLessThanOrEqual(lines[2].time);

    const table = (await runApart(['inspect', '--table', file])).stdout.toString().trimEnd().split('\n');
    expect(table).toHaveLength(5);
    expect(table[1]).toMatch(/^ {3}1 +0\.000000 > +0 +\d+ {2}request {2}GET \/uwsgi\/one\?a=%31, \d+ vars$/);
    expect(table[3]).toMatch(/request {2}POST \/uwsgi\/two, \d+ vars, body 204,800 bytes$/);
    expect(table[4]).toMatch(
      /^ {3}2 +\d+\.\d{6} < +0 +\d+ {2}response {2}200 , 2 headers|response {2}200 OK, /,
    );

    const bytes = (await runApart(['inspect', file])).stdout.toString();
    expect(bytes).toMatch(
      /^#1 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+, uwsgi\n {2}web server, \d+ bytes\n {5}0 {2}00 +modifier1 0/,
    );
    expect(bytes).toMatch(/^ +\d+ {2}[0-9a-f ]+… +HTTP\/1\.1 200 OK$/m);
    expect(bytes).not.toContain('\x1b');
  });

  test('FastCGI on connections that are kept, seen on every interface at once', async () => {
    for (const linkType of ['LINUX_SLL', 'LINUX_SLL2']) {
      const file = await capture(
        ['-i', 'any', '-y', linkType, `tcp port ${ports.get('fastcgi')}`],
        async () => {
          await get('/fastcgi/one');
          await post('/fastcgi/two');
        },
      );
      // A connection that was kept from before has no start: then the exit code is 1, and all is shown.
      const { stdout } = await runApart(['inspect', '--json', file]);
      const lines = stdout
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      const requests = lines.filter(({ variables }) => variables !== undefined);
      expect(requests.map(({ variables }) => new Map(variables).get('REQUEST_URI'))).toEqual([
        '/fastcgi/one',
        '/fastcgi/two',
      ]);
      expect(lines.filter(({ kind }) => kind === 'END_REQUEST')).toHaveLength(2);
      const stdin = lines.filter(({ kind, sender }) => kind === 'STDIN' && sender === 'web server');
      const body = Buffer.concat(stdin.map(({ content }) => Buffer.from(content ?? '', 'base64')));
      expect(body.equals(BODY)).toBe(true);
      expect(lines.some(({ status }) => status === 200)).toBe(true);
    }
  });

  test('packets that were cut when they were captured are named; the rest is not guessed', async () => {
    const file = await capture(['-i', 'lo', '-s', '120', `tcp port ${ports.get('uwsgi')}`], () =>
      get('/uwsgi/cut'),
    );
    const { code, stdout } = await runApart(['inspect', file]);
    expect(code).toBe(1);
    const text = stdout.toString();
    expect(text).toMatch(/! cut short: \d+ of the \d+ bytes of this packet are there/);
    expect(text).toMatch(
      /! \d+ bytes missing at byte \d+: packets were cut when they were captured, see tcpdump -s/,
    );
  });

  test('a capture that was interrupted, stdin, and HTTP beside it', async () => {
    const file = await capture(['-i', 'lo', `tcp port ${ports.get('uwsgi')} or tcp port ${nginx.port}`], () =>
      get('/uwsgi/x'),
    );
    const whole = await readFile(file);
    const { code, stdout, stderr } = await runApart(
      ['inspect', '--table', '-'],
      whole.subarray(0, whole.length - 5),
    );
    expect(stdout.toString()).toMatch(/request {2}GET \/uwsgi\/x/);
    expect(stderr).toMatch(
      /^gatewire inspect: stdin: the file cannot be read further: .*CAPTURE_TRUNCATED at byte \d+/m,
    );
    expect(stderr).toMatch(
      /^gatewire inspect: stdin: 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ is not shown: HTTP$/m,
    );
    expect(code).toBe(1);
  });
});
