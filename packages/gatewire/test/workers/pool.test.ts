import { setImmediate as turn } from 'node:timers/promises';
import type { BoundAddress, LogEntry } from '@gatewire/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { restartDelay } from '../../src/workers/backoff.js';
import { Pool } from '../../src/workers/pool.js';
import { requestLimit } from '../../src/workers/recycle.js';
import { StartFailure } from '../../src/workers/worker-process.js';
import type { Worker } from '../../src/workers/worker-process.js';

test.each([
  [0, 9_999, 1000],
  [1000, 50, 2000],
  [16_000, 50, 30_000],
  [30_000, 50, 30_000],
  [30_000, 10_000, 0],
  [0, 10_000, 0],
])('after a wait of %i ms and a life of %i ms the next wait is %i ms', (previous, lived, next) => {
  expect(restartDelay(previous, lived)).toBe(next);
});

test.each([
  [1000, 0, 1000],
  [1000, 0.999_999, 1100],
  [5, 0.999_999, 5],
  [1, 0, 1],
])('--max-requests %i with the chance %f is %i', (maximum, chance, limit) => {
  expect(requestLimit(maximum, chance)).toBe(limit);
});

const ADDRESSES: readonly BoundAddress[] = [{ protocol: 'uwsgi', address: '127.0.0.1:3031' }];

/** A worker that does what a test says. */
class FakeWorker implements Worker {
  readonly number: number;
  readonly generation: number;
  readonly pid: number;
  readonly ready: Promise<readonly BoundAddress[]>;
  readonly exited: Promise<{ readonly how: string; readonly livedMs: number }>;
  readonly heard: string[] = [];
  readonly retire: (why: string) => void;
  up: () => void = () => undefined;
  fail: () => void = () => undefined;
  die: (livedMs: number) => void = () => undefined;

  constructor(
    pid: number,
    number: number,
    generation: number,
    onRetire: (worker: Worker, why: string) => void,
  ) {
    this.pid = pid;
    this.number = number;
    this.generation = generation;
    this.retire = (why) => onRetire(this, why);
    this.exited = new Promise((resolve) => {
      this.die = (livedMs) => resolve({ how: 'exit code 1', livedMs });
    });
    this.ready = new Promise((resolve, reject) => {
      this.up = () => resolve(ADDRESSES);
      this.fail = () => {
        reject(new StartFailure({ level: 'error', event: 'load_failed', message: 'broken' }));
        this.die(10);
      };
    });
    this.ready.catch(() => undefined);
  }

  stop(): void {
    this.heard.push('stop');
  }

  cut(): void {
    this.heard.push('cut');
  }

  reopen(): void {
    this.heard.push('reopen');
  }
}

describe('a pool', () => {
  let started: FakeWorker[];
  let logged: LogEntry[];
  let pool: Pool;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    started = [];
    logged = [];
    pool = new Pool({
      log: (entry) => logged.push(entry),
      fork: (number, generation, onRetire) => {
        const worker = new FakeWorker(100 + started.length, number, generation, onRetire);
        started.push(worker);
        return worker;
      },
    });
  });
  afterEach(() => vi.useRealTimers());

  const messages = (): readonly string[] => logged.map((entry) => entry.message);

  async function start(count: number): Promise<void> {
    const ready = pool.start(count);
    for (const worker of started) worker.up();
    expect(await ready).toBe(ADDRESSES);
  }

  test('one that fails at the start ends them all', async () => {
    const starting = pool.start(2);
    started[0].up();
    started[1].fail();
    await turn();
    expect(started.map((worker) => worker.heard)).toEqual([['stop'], []]);
    started[0].die(10);
    await expect(starting).rejects.toThrow('broken');
  });

  test('one that dies young is started again after 1 s, then 2 s; one that has lived, at once', async () => {
    await start(1);
    for (const [lived, wait] of [
      [50, 1000],
      [50, 2000],
      [10_000, 0],
    ] as const) {
      // prettier-ignore
      started.at(-1)?.die(lived);
      await turn();
      const before = started.length;
      if (wait > 0) {
        await vi.advanceTimersByTimeAsync(wait - 1);
        expect(started).toHaveLength(before);
        await vi.advanceTimersByTimeAsync(1);
        expect(started).toHaveLength(before + 1);
      }
      started.at(-1)?.up();
      await turn();
    }
    expect(started).toHaveLength(4);
    expect(messages()).toEqual([
      'worker 1 (pid 100) died: exit code 1; starting it again in 1 s',
      'worker 1 (pid 101) died: exit code 1; starting it again in 2 s',
      'worker 1 (pid 102) died: exit code 1; starting it again',
    ]);
  });

  test('one that retires is stopped when the next one is ready; failures are tried again', async () => {
    await start(1);
    started[0].retire('enough');
    await turn();
    started[1].fail();
    await turn();
    expect(started[0].heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    started[2].up();
    await turn();
    expect(started[0].heard).toEqual(['stop']);
    started[0].die(60_000);
    await turn();
    expect(started).toHaveLength(3);
    expect(messages()).toEqual([
      'worker 1 (pid 100) is replaced: enough',
      'broken; starting it again in 1 s',
    ]);
  });

  test('a reload stops nobody until all are ready', async () => {
    await start(2);
    const reloaded = pool.reload();
    started[2].up();
    await turn();
    expect(started[0].heard).toEqual([]);
    started[3].up();
    await reloaded;
    expect(started.map((worker) => worker.heard)).toEqual([['stop'], ['stop'], [], []]);
    expect(messages()).toEqual(['reloaded']);
  });

  test('a reload of which one fails changes nothing', async () => {
    await start(2);
    const reloaded = pool.reload();
    started[2].up();
    started[3].fail();
    await reloaded;
    expect(started.map((worker) => worker.heard)).toEqual([[], [], ['stop'], ['stop']]);
    expect(messages()).toEqual(['broken; not reloaded, the workers stay as they were']);
  });

  test('a worker that dies during a reload is not started twice', async () => {
    await start(1);
    const reloaded = pool.reload();
    started[0].die(50);
    await turn();
    started[1].up();
    await reloaded;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(2);
    expect(started[1].heard).toEqual([]);
  });

  test('one with older code does not take the place of a newer one', async () => {
    await start(1);
    started[0].retire('enough');
    await turn();
    const reloaded = pool.reload();
    started[2].up();
    await reloaded;
    started[1].up();
    await turn();
    expect(started.map((worker) => worker.heard)).toEqual([['stop'], ['stop'], []]);
  });

  test('one that was given up while it started, and fails, takes no other out of the pool', async () => {
    await start(1);
    const more = pool.resize(1);
    await pool.resize(-1);
    started[1].fail();
    await more;
    expect(pool.size).toBe(1);
    started[0].die(10_000);
    await turn();
    expect(started).toHaveLength(3);
  });

  test('after stop nothing is started again', async () => {
    await start(1);
    started[0].die(50);
    await turn();
    const stopped = pool.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    await stopped;
    expect(started).toHaveLength(1);
  });

  test('cut and reopen reach every worker', async () => {
    await start(2);
    pool.reopen();
    pool.cut();
    expect(started.map((worker) => worker.heard)).toEqual([['reopen', 'cut'], ['reopen', 'cut']]); // prettier-ignore
  });
});
