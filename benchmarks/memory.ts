import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  encodeBeginRequest,
  encodeParams,
  encodeRecord,
  FCGI_TYPE,
  FcgiApplication,
  FcgiWebServer,
} from '@gatewire/fastcgi';

// Whether memory stays flat while streams pass. Every chunk is new memory, as from a socket, so that one that is kept
// shows; and its size divides no record, so that headers and contents are cut everywhere.

const MIB = 2 ** 20;
const CHUNK_BYTES = 65_521;
const RECORD_BYTES = 32_768;

/** Megabytes in use after garbage collection. */
export interface MemorySample {
  readonly rss: number;
  /** Objects, and memory of arrays outside of them. */
  readonly live: number;
}

export interface MemoryResult {
  readonly name: string;
  readonly mebibytes: number;
  readonly samples: readonly MemorySample[];
}

/** Takes the next chunk and returns the bytes of the stream that passed. */
type Pass = () => number;

interface Stream {
  readonly name: string;
  readonly open: () => Pass;
}

/** What is streamed. */
export const STREAMS: readonly Stream[] = [
  { name: 'FcgiApplication, body in', open: applicationIn },
  { name: 'FcgiApplication, stdout out', open: applicationOut },
  { name: 'FcgiWebServer, response in', open: webServerIn },
  { name: 'FcgiWebServer, stdin out', open: webServerOut },
];

/** Streams `mebibytes` through, with a sample before, after the first eighth (by then all is compiled) and each more. */
export function runMemory({ name, open }: Stream, mebibytes: number): MemoryResult {
  const samples = [sample()];
  const pass = open();
  let passed = 0;
  for (let eighth = 1; eighth <= 8; eighth++) {
    while (passed < (eighth * mebibytes * MIB) / 8) passed += pass();
    samples.push(sample());
  }
  return { name, mebibytes, samples };
}

/** Megabytes by which what is live grew after the first eighth. */
export function growth({ samples: [, first, ...later] }: MemoryResult): number {
  return Math.max(...later.map(({ live }) => live)) - first.live;
}

export function formatMemory(results: readonly MemoryResult[]): string {
  const lines = results.map((result) => {
    const column = (key: keyof MemorySample): string =>
      result.samples.map((taken) => taken[key].toFixed(1).padStart(6)).join('');
    const title = `${result.name}, ${result.mebibytes} MiB: grew by ${growth(result).toFixed(1)} MB`;
    return `${title}\n  live${column('live')}\n  rss ${column('rss')}\n`;
  });
  return `Megabytes before, and after each eighth of the stream:\n\n${lines.join('\n')}`;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function sample(): MemorySample {
  collect();
  collect();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss: rss / 1e6, live: (heapUsed + arrayBuffers) / 1e6 };
}

/** Chunks of an endless stream of one record, cut without regard to it. */
function endless(type: number): () => Uint8Array {
  const record = encodeRecord(type, 1, new Uint8Array(RECORD_BYTES).fill(0x61));
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

function applicationIn(): Pass {
  const application = new FcgiApplication();
  application.receive(encodeBeginRequest(1, 1, 0));
  application.next();
  application.receive(encodeParams(1, ['REQUEST_METHOD', 'POST']));
  if (application.next()?.kind !== 'request' || application.next() !== null) throw new Error('no request');
  const chunks = endless(FCGI_TYPE.STDIN);
  return () => {
    application.receive(chunks());
    let bytes = 0;
    for (let event = application.next(); event !== null; event = application.next())
      if (event.kind === 'body') bytes += event.data.length;
    return bytes;
  };
}

function applicationOut(): Pass {
  const application = new FcgiApplication();
  application.receive(encodeBeginRequest(1, 1, 0));
  application.next();
  application.receive(encodeParams(1, ['REQUEST_METHOD', 'GET']));
  if (application.next()?.kind !== 'request') throw new Error('no request');
  return () => passed(application.stdout(1, new Uint8Array(CHUNK_BYTES)));
}

function webServerIn(): Pass {
  const server = new FcgiWebServer();
  const id = server.begin();
  server.params(id, ['REQUEST_METHOD', 'GET']);
  const chunks = endless(FCGI_TYPE.STDOUT);
  return () => {
    server.receive(chunks());
    let bytes = 0;
    for (let event = server.next(); event !== null; event = server.next())
      if (event.kind === 'stdout') bytes += event.data.length;
    return bytes;
  };
}

function webServerOut(): Pass {
  const server = new FcgiWebServer({ bodyWithoutLength: 'accept' });
  const id = server.begin();
  server.params(id, ['REQUEST_METHOD', 'POST']);
  return () => passed(server.stdin(id, new Uint8Array(CHUNK_BYTES)));
}

/** Bytes of the content of records whose headers and padding take 15 bytes at most. */
function passed(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + (length > 15 ? length : 0), 0);
}
