import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '@gatewire/testkit';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { threadMicrosOf } from '../e2e/proc.js';
import { removeBuilds } from '../external.js';
import { runCase } from '../run.js';
import { CONNECTIONS, drive } from '../socket/driver.js';
import type { Talk } from '../socket/driver.js';
import { SOCKET_CASES } from '../socket.js';

const PLAN = { rounds: 2, sliceMilliseconds: 5, warmUpMilliseconds: 1, warmUpRequests: 20 };

/** As a request, what the servers below look at: nothing. */
const REQUEST = Buffer.from('GET').toString('base64');
const CLOSED: Talk = { request: REQUEST, keep: false };
const KEPT: Talk = { request: REQUEST, keep: true };

const BODY = 'b'.repeat(1024);
const HTTP = `HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n${BODY}`;
const END_REQUEST = '\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00';

let folder = '';
let close: () => void = () => undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatewire-bench-'));
});

afterEach(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

afterAll(removeBuilds);

/** A server that does this with each piece of a request. Returns its path and how many connections it has had. */
async function serve(
  receive: (socket: Socket) => void,
): Promise<{ path: string; connections: () => number }> {
  const path = join(folder, 'socket');
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.on('data', () => receive(socket)).on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  close = () => server.close();
  return { path, connections: () => count };
}

/** Says yes as often as this. */
function times(count: number): () => boolean {
  let left = count;
  return () => left-- > 0;
}

describe('the driver', () => {
  test('opens a connection for each request', async () => {
    const { path, connections } = await serve((socket) => socket.end(HTTP));
    expect(await drive(path, CLOSED, times(50))).toBe(50);
    expect(connections()).toBe(50);
  });

  test('keeps connections, and waits for the whole answer', async () => {
    const { path, connections } = await serve((socket) => {
      socket.write(HTTP.slice(0, 500));
      setImmediate(() => socket.write(HTTP.slice(500)));
    });
    expect(await drive(path, KEPT, times(50))).toBe(50);
    expect(connections()).toBe(CONNECTIONS);
  });

  test('takes END_REQUEST for the end of a FastCGI answer', async () => {
    const stdout = `\x01\x06\x00\x01\x04\x04\x00\x00\r\n\r\n${BODY}`;
    const { path } = await serve((socket) => {
      socket.write(Buffer.from(stdout, 'latin1'));
      setImmediate(() => socket.write(Buffer.from(END_REQUEST, 'latin1')));
    });
    expect(await drive(path, KEPT, times(20))).toBe(20);
  });

  test('does not count wrong answers', async () => {
    const { path } = await serve((socket) => socket.end('HTTP/1.1 500 Oops\r\n\r\n'));
    await expect(drive(path, CLOSED, times(20))).rejects.toThrow(/not the answer: HTTP\/1\.1 500 Oops/);
  });

  test('does not take a closed connection for a kept one', async () => {
    const { path } = await serve((socket) => socket.end(HTTP));
    await expect(drive(path, KEPT, times(50))).rejects.toThrow(/has closed a connection/);
  });
});

describe('the CPU time of the threads of a process', () => {
  test.runIf(process.platform === 'linux')('grows when it works', () => {
    const before = threadMicrosOf(process.pid)!;
    let sum = 0;
    for (let i = 0; i < 5e6; i++) sum += i;
    expect(sum).toBe(12_499_997_500_000);
    expect(threadMicrosOf(process.pid)).toBeGreaterThan(before);
  });

  test('is not known of a process that is not there', () => {
    expect(threadMicrosOf(0)).toBeNull();
  });
});

describeWith(['uwsgi', 'gcc', 'go'], 'servers at a socket', () => {
  test('give the right answers, and take time for them', async () => {
    const [subject] = SOCKET_CASES;
    const result = (await runCase(subject, PLAN, () => undefined))!;
    expect(result.peers.map(({ name }) => name)).toEqual(subject.peers.map(({ name }) => name));
    for (const { rate } of result.peers) expect(rate.median).toBeGreaterThan(0);
  }, 120_000);
});

test('a case whose first peer cannot run is left out', async () => {
  const [{ peers, ...rest }] = SOCKET_CASES;
  const missing = { name: 'nobody', served: { needs: 'a miracle', command: () => null, talk: CLOSED } };
  const written: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  try {
    expect(await runCase({ ...rest, peers: [missing] }, PLAN, () => undefined)).toBeNull();
  } finally {
    process.stderr.write = write;
  }
  expect(written.join('')).toContain('left out: socket/get-25, nobody: it needs a miracle');
  expect(peers.length).toBeGreaterThan(1);
});
