import { readFile } from 'node:fs/promises';
import { describeWith, passLocation, startNginx } from '@gatewire/testkit';
import type { RunningNginx } from '@gatewire/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLoad } from '../load.js';
import { Site } from './harness.js';

/** Requests of which none may fail. */
const MANY = 10_000;
/** Of the same over another protocol, or in another arrangement. */
const FEWER = 4000;

type Protocol = 'uwsgi' | 'fastcgi';

let site: Site;
let nginx: RunningNginx | null = null;

beforeEach(async () => {
  site = await Site.make();
});
afterEach(async () => {
  await nginx?.stop();
  nginx = null;
  await site.remove();
});

/** nginx with an upstream of these servers: a connection for each request, or with FastCGI connections that are kept. */
async function behindNginx(protocol: Protocol, ...addresses: readonly string[]): Promise<RunningNginx> {
  const kept = protocol === 'fastcgi';
  const servers = addresses.map((address) => `server ${address};`).join(' ');
  nginx = await startNginx({
    http: `upstream app { ${servers} ${kept ? 'keepalive 8;' : ''} }`,
    locations: [passLocation(protocol, 'app', kept ? 'fastcgi_keep_conn on;' : '')],
    errorLogLevel: 'warn',
  });
  return nginx;
}

/** By how many processes each word was answered. */
function processes(bodies: Readonly<Record<string, number>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [word] of Object.keys(bodies).map((body) => body.split(' '))) {
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

describeWith('nginx', 'behind nginx, no request is lost', () => {
  test.each(['uwsgi', 'fastcgi'] as const)('%s: HUP twice under load', async (protocol) => {
    const served = await site.serve(['--workers', '2', `--${protocol}`, ':0']);
    const { port } = await behindNginx(protocol, served.address(protocol));
    const load = startLoad(port, 8);
    await load.reached(1500);
    await site.answer('two');
    served.signal('SIGHUP');
    await load.reached(MANY / 2);
    await served.program.waitForOutput(/^reloaded\n/m);
    await site.answer('three');
    served.signal('SIGHUP');
    await served.program.waitForOutput(/^reloaded\nreloaded\n/m);
    await load.reached(Math.max(MANY, load.answered + 500));
    const { answered, failures, bodies } = await load.stop();
    expect(failures).toEqual({});
    expect(answered).toBeGreaterThanOrEqual(MANY);
    expect(processes(bodies)).toEqual({ one: 2, two: 2, three: 2 });
  });

  test.each([
    ['uwsgi', 2000, MANY],
    ['fastcgi', 500, FEWER],
  ] as const)('%s: --max-requests %i under load', async (protocol, maximum, count) => {
    const limits = ['--workers', '2', '--max-requests', String(maximum)];
    const served = await site.serve([...limits, `--${protocol}`, ':0']);
    const { port } = await behindNginx(protocol, served.address(protocol));
    const load = startLoad(port, 8);
    await load.reached(count);
    const { answered, failures, bodies } = await load.stop();
    expect(failures).toEqual({});
    expect(answered).toBeGreaterThanOrEqual(count);
    // A tenth more at most, and what comes until the next one is ready.
    expect(processes(bodies)['one']).toBeGreaterThan(2);
    await served.program.waitForOutput(
      /^worker [12] \(pid [0-9]+\) is replaced: it has answered its number of requests$/m,
    );
    expect(served.program.output()).not.toMatch(/died|error/);
  });

  test('uwsgi: --max-rss under load', async () => {
    // 40 KiB a request are kept: the limit is reached, again and again.
    await site.prepend('const kept = []; const keep = () => kept.push(Buffer.alloc(40_000, 1));');
    const served = await site.serve(['--workers', '2', '--max-rss', '150', '--uwsgi', ':0']);
    const { port } = await behindNginx('uwsgi', served.address('uwsgi'));
    const load = startLoad(port, 8);
    await served.program.waitForOutput(
      /^worker [12] \(pid [0-9]+\) is replaced: [0-9]+ MiB of memory, the limit is 150$/m,
    );
    // Until the next one answers.
    await expect.poll(() => processes(load.bodies)['one'], { timeout: 20_000 }).toBeGreaterThan(2);
    await load.reached(load.answered + 500);
    const { failures } = await load.stop();
    expect(failures).toEqual({});
    expect(served.program.output()).not.toMatch(/died|error/);
  });

  test.each([
    ['uwsgi', 'in workers', MANY, ['--workers', '2']],
    ['fastcgi', 'in workers', FEWER, ['--workers', '2']],
    ['uwsgi', 'in one process', FEWER, []],
  ] as const)('%s: TERM under load, beside a second server, %s', async (protocol, _, count, workers) => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => site.serve([...workers, `--${protocol}`, ':0'])),
    );
    const { port } = await behindNginx(protocol, first.address(protocol), second.address(protocol));
    const load = startLoad(port, 8);
    await load.reached(count / 4);
    first.signal('SIGTERM');
    expect(await first.program.exited).toEqual({ code: 0, signal: null });
    await load.reached(Math.max(count, load.answered + 500));
    const { answered, failures } = await load.stop();
    expect(failures).toEqual({});
    expect(answered).toBeGreaterThanOrEqual(count);
  });

  test.each([
    ['in workers', ['--workers', '2']],
    ['in one process', []],
  ] as const)('TERM under load with nobody else, %s: what was accepted is answered', async (_, workers) => {
    const log = site.path('access.log');
    const served = await site.serve([
      ...workers,
      '--uwsgi',
      ':0',
      '--access-log',
      log,
      '--log-format',
      'json',
    ]);
    const { port } = await behindNginx('uwsgi', served.jsonAddress('uwsgi'));
    const load = startLoad(port, 8);
    await load.reached(MANY / 2);
    served.signal('SIGTERM');
    expect(await served.program.exited).toEqual({ code: 0, signal: null });
    const { answered, failures } = await load.stop();
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { readonly aborted: boolean });
    expect(entries.filter((entry) => entry.aborted)).toEqual([]);
    expect(entries).toHaveLength(answered);
    // The others were never sent: nobody was there to connect to.
    for (const failure of Object.keys(failures)) expect(failure).toBe('HTTP/1.1 502 Bad Gateway');
    const errors = (await nginx?.errorLog())?.match(/\*[0-9]+ .*/g) ?? [];
    expect(
      errors.filter((line) => !line.includes('failed (111: Connection refused) while connecting')),
    ).toEqual([]);
  });
});
