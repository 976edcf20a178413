import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import {
  encodeBeginRequest,
  encodeParams,
  encodeRecord,
  FcgiApplication,
  FcgiWebServer,
} from '../src/index.js';

// The same with 1 GiB: npm run bench -- --memory

const MIB = 2 ** 20;
const STREAM_BYTES = 64 * MIB;
/** No divisor of a record, so that headers and contents are cut everywhere. */
const CHUNK_BYTES = 65_521;
/** One chunk in ten that is kept is more. */
const MOST_GROWTH = 4 * MIB;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after garbage collection: objects, and the memory of arrays outside of them. */
function live(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Growth while `pass`, which returns how many bytes of the stream it took, is called until all have passed. */
function growth(pass: () => number): number {
  let passed = 0;
  const until = (bytes: number): number => {
    while (passed < bytes) passed += pass();
    expect(passed, 'not NaN: nothing else came').toBeGreaterThanOrEqual(bytes);
    return live();
  };
  const compiled = until(STREAM_BYTES / 4);
  return Math.max(until(STREAM_BYTES / 2), until(STREAM_BYTES)) - compiled;
}

/** Chunks of an endless stream of one record, each in new memory as from a socket. */
function endless(type: number): () => Uint8Array {
  const record = encodeRecord(type, 1, new Uint8Array(32_768).fill(0x61));
  let at = 0;
  return () => {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let filled = 0; filled < CHUNK_BYTES;) {
      const part = record.subarray(at, at + CHUNK_BYTES - filled);
      chunk.set(part, filled);
      filled += part.length;
      at = (at + part.length) % record.length;
    }
    return chunk;
  };
}

/** An application with a request of any length. */
function openApplication(): FcgiApplication {
  const application = new FcgiApplication();
  application.receive(encodeBeginRequest(1, 1, 0));
  expect(application.next()).toBeNull();
  application.receive(encodeParams(1, ['REQUEST_METHOD', 'POST']));
  expect(application.next()?.kind).toBe('request');
  expect(application.next()).toBeNull();
  return application;
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}

test('the measure sees a chunk that is kept', () => {
  const kept: Uint8Array[] = [];
  let chunks = 0;
  const grown = growth(() => {
    const chunk = new Uint8Array(CHUNK_BYTES);
    if (++chunks % 10 === 0) kept.push(chunk);
    return chunk.length;
  });
  expect(grown).toBeGreaterThan(MOST_GROWTH);
  expect(kept.length).toBeGreaterThan(0);
});

test('a body streams through FcgiApplication in constant memory', () => {
  const application = openApplication();
  const chunk = endless(5);
  const grown = growth(() => {
    application.receive(chunk());
    let bytes = 0;
    for (let event = application.next(); event !== null; event = application.next())
      bytes += event.kind === 'body' ? event.data.length : NaN;
    return bytes;
  });
  expect(grown).toBeLessThan(MOST_GROWTH);
});

test('a response streams out of FcgiApplication in constant memory', () => {
  const application = openApplication();
  const grown = growth(() => bytesOf(application.stdout(1, new Uint8Array(CHUNK_BYTES))));
  expect(grown).toBeLessThan(MOST_GROWTH);
});

test('a response streams through FcgiWebServer in constant memory', () => {
  const server = new FcgiWebServer();
  const id = server.begin();
  server.params(id, ['REQUEST_METHOD', 'GET']);
  const chunk = endless(6);
  const grown = growth(() => {
    server.receive(chunk());
    let bytes = 0;
    for (let event = server.next(); event !== null; event = server.next())
      bytes += event.kind === 'stdout' ? event.data.length : NaN;
    return bytes;
  });
  expect(grown).toBeLessThan(MOST_GROWTH);
});

test('a body streams out of FcgiWebServer in constant memory', () => {
  const server = new FcgiWebServer({ bodyWithoutLength: 'accept' });
  const id = server.begin();
  server.params(id, ['REQUEST_METHOD', 'POST']);
  const grown = growth(() => bytesOf(server.stdin(id, new Uint8Array(CHUNK_BYTES))));
  expect(grown).toBeLessThan(MOST_GROWTH);
});
