import { EventEmitter } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sealed } from '../../src/workers/messages.js';
import type { Report } from '../../src/workers/messages.js';
import { StartFailure, WorkerProcess } from '../../src/workers/worker-process.js';

/** A child process that does what a test says. */
class FakeChild extends EventEmitter {
  connected = true;
  pid: number | undefined = 77;
  readonly sent: string[] = [];
  readonly killed: string[] = [];

  send(message: { readonly kind: string }, done: () => void): void {
    this.sent.push(message.kind);
    done();
  }

  kill(signal: string): void {
    this.killed.push(signal);
  }

  report(report: Report): void {
    this.emit('message', sealed(report));
  }
}

const ADDRESSES = [{ protocol: 'uwsgi', address: '127.0.0.1:3031' }] as const;

let child: FakeChild;
let retired: string[];
let worker: WorkerProcess;

function begin(): void {
  worker = new WorkerProcess(child as unknown as ChildProcess, sealed({ kind: 'reopen' }), {
    ...{ number: 3, generation: 1, gracefulMs: 1000 },
    onRetire: (_, why) => retired.push(why),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  [child, retired] = [new FakeChild(), []];
  begin();
});
afterEach(() => {
  vi.useRealTimers();
});

test('is told its order, says when it is ready, and may ask to be replaced', async () => {
  child.emit('message', 'what an application sends');
  child.report({ kind: 'ready', addresses: ADDRESSES });
  expect(await worker.ready).toEqual(ADDRESSES);
  child.report({ kind: 'retire', why: 'SIGTERM' });
  expect([worker.pid, child.sent, retired]).toEqual([77, ['reopen'], ['SIGTERM']]);
});

test('says why it did not start', async () => {
  child.report({ kind: 'failed', entry: { level: 'error', event: 'load_failed', message: 'no such file' } });
  await expect(worker.ready).rejects.toThrow(StartFailure);
  await expect(worker.ready).rejects.toThrow('no such file');
});

test.each([
  [9, null, 'exit code 9'],
  [null, 'SIGKILL', 'SIGKILL'],
])('dies before it is ready: %j, %j', async (code, signal, how) => {
  child.emit('exit', code, signal);
  await expect(worker.ready).rejects.toThrow(`worker 3 (pid 77) died before it was ready: ${how}`);
  expect((await worker.exited).how).toBe(how);
});

test('cannot be started at all', async () => {
  child = new FakeChild();
  child.pid = undefined;
  begin();
  child.emit('error', new Error('spawn ENOMEM'));
  expect((await worker.exited).how).toBe('spawn ENOMEM');
  expect(worker.pid).toBe(0);
  await expect(worker.ready).rejects.toThrow('worker 3 (pid 0) died before it was ready: spawn ENOMEM');
});

test('an error of the channel to a worker that lives ends nothing', () => {
  child.emit('error', new Error('write EPIPE'));
  worker.reopen();
  expect(child.sent).toEqual(['reopen', 'reopen']);
});

test('is asked to stop once, and killed when it does not in its time and five seconds', () => {
  worker.stop();
  worker.stop();
  expect(child.sent).toEqual(['reopen', 'stop']);
  vi.advanceTimersByTime(5999);
  expect(child.killed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(child.killed).toEqual(['SIGKILL']);
});

test('is cut: five seconds from then; one that ends is not killed', async () => {
  worker.stop();
  worker.cut();
  worker.stop();
  expect(child.sent).toEqual(['reopen', 'stop', 'cut']);
  child.emit('exit', 0, null);
  await worker.exited;
  vi.advanceTimersByTime(60_000);
  expect(child.killed).toEqual([]);
});

test('nothing is sent to one whose channel is closed', () => {
  child.connected = false;
  worker.stop();
  expect(child.sent).toEqual(['reopen']);
});
