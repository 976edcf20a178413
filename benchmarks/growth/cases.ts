import { buildEnviron } from '@gatewire/environ';
import {
  encodeBeginRequest,
  encodeParams,
  encodeRecord,
  encodeStream,
  FCGI_TYPE,
  FcgiApplication,
} from '@gatewire/fastcgi';
import { encodeResponseHead, ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import { decodeVars, encodePacket, UwsgiApplication, VarsView } from '@gatewire/uwsgi';

/** Work whose cost is looked at while its input grows. */
export interface GrowthCase {
  readonly name: string;
  /** What grows. */
  readonly axis: string;
  readonly sizes: readonly number[];
  /**
   * Makes the input of a size, and returns the work on it: a step for each chunk that is fed, so that memory can be
   * looked at in between. What a step hands out is what an application would have in its hands then.
   */
  readonly prepare: (size: number) => () => Generator<unknown, unknown>;
  /** `flat`: memory must not depend on the size. `grows`: it may grow as the size does. */
  readonly memory: 'flat' | 'grows';
}

const KIB = 1024;
const MIB = 1024 * KIB;
const BODIES = [KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB];
const BLOCKS = [KIB, 4 * KIB, 16 * KIB, 60 * KIB];
const COUNTS = [1, 10, 100, 300, 1000];
const CHUNK = 64 * KIB;

export const GROWTH_CASES: readonly GrowthCase[] = [
  bodies('uwsgi: body in 64 KiB chunks', uwsgiBody),
  bodies('fastcgi: body in 64 KiB chunks', fastcgiBody),
  bodies('fastcgi: response out of 64 KiB pieces', fastcgiResponse),
  chunked('uwsgi: body of 64 KiB', (size) => uwsgiBody(64 * KIB, size)),
  chunked('fastcgi: body of 64 KiB', (size) => fastcgiBody(64 * KIB, size)),
  blocks('uwsgi: variables, a byte at a time', uwsgiBytes),
  blocks('fastcgi: variables, a byte at a time', fastcgiBytes),
  blocks('cgi: response head, a byte at a time', headBytes),
  variables('uwsgi: decodeVars', (pairs) => {
    const packet = encodePacket(0, 0, pairs);
    return () => decodeVars(packet, 4, packet.length);
  }),
  variables('uwsgi: VarsView, five look-ups', viewLookUps),
  variables('uwsgi: encodePacket', (pairs) => () => encodePacket(0, 0, pairs)),
  variables('fastcgi: FcgiApplication', (pairs) => {
    const bytes = fastcgiRequest(1, pairs, 0);
    return () => drain(new FcgiApplication(), bytes);
  }),
  variables('fastcgi: encodeParams', (pairs) => () => encodeParams(1, pairs)),
  variables('environ: buildEnviron', (pairs) => () => buildEnviron(pairs)),
  {
    name: 'fastcgi: requests open at once',
    axis: 'requests',
    sizes: [1, 4, 16, 64, 256],
    prepare: multiplexed,
    memory: 'grows',
  },
];

interface Codec {
  receive(chunk: Uint8Array): void;
  next(): unknown;
}

function bodies(name: string, prepare: GrowthCase['prepare']): GrowthCase {
  return { name, axis: 'bytes of body', sizes: BODIES, prepare, memory: 'flat' };
}

function chunked(name: string, prepare: GrowthCase['prepare']): GrowthCase {
  return { name, axis: 'chunks', sizes: [1, 16, 256, 4096, 65_536], prepare, memory: 'flat' };
}

function blocks(name: string, prepare: GrowthCase['prepare']): GrowthCase {
  return { name, axis: 'bytes', sizes: BLOCKS, prepare, memory: 'grows' };
}

function variables(name: string, prepare: (pairs: readonly string[]) => () => unknown): GrowthCase {
  return {
    name,
    axis: 'variables',
    sizes: COUNTS,
    memory: 'grows',
    prepare: (count) => {
      const work = prepare(pairsOf(count));
      return function* () {
        yield work();
      };
    },
  };
}

/** `count` variables of 30 bytes each: a thousand of them fit in a packet. */
function pairsOf(count: number): string[] {
  const first = ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'SERVER_PROTOCOL', 'HTTP/1.1'];
  const names = Array.from({ length: count }, (_, i) => `HTTP_X_${String(i).padStart(6, '0')}`);
  return [...first, ...names.flatMap((name) => [name, 'a value of some'])].slice(0, Math.max(6, 2 * count));
}

/** Variables whose values fill about `bytes`, none of them long. */
function pairsOfBytes(bytes: number): string[] {
  return pairsOf(Math.floor(bytes / 64)).map((text, i) => (i % 2 === 0 ? text : text.padEnd(42, '.')));
}

function drain(codec: Codec, chunk: Uint8Array): unknown {
  codec.receive(chunk);
  let last: unknown = null;
  for (let event = codec.next(); event !== null; event = codec.next()) last = event;
  return last;
}

/** `bytes` of body after `head`, in `chunks` pieces of the same memory. */
function stream(create: () => Codec, head: Uint8Array, body: Uint8Array, times: number): () => Generator {
  return function* () {
    const codec = create();
    drain(codec, head);
    for (let i = 0; i < times; i++) yield drain(codec, body);
    return codec;
  };
}

function uwsgiBody(bytes: number, chunks: number = Math.ceil(bytes / CHUNK)): () => Generator {
  const head = encodePacket(0, 0, ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', String(bytes)]);
  return stream(() => new UwsgiApplication(), head, new Uint8Array(bytes / chunks), chunks);
}

function fastcgiBody(bytes: number, chunks: number = Math.ceil(bytes / CHUNK)): () => Generator {
  const head = fastcgiRequest(1, ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', String(bytes)], 0, bytes);
  const piece = bytes / chunks;
  // As many records as it takes at the size of nginx's, cut into the chunks without regard to them.
  const records = Buffer.concat(
    Array.from({ length: Math.max(1, Math.min(CHUNK, bytes) / 32_768) }, () =>
      encodeRecord(FCGI_TYPE.STDIN, 1, new Uint8Array(Math.min(32_768, bytes))),
    ),
  );
  if (piece >= CHUNK || chunks === 1) return stream(() => new FcgiApplication(), head, records, chunks);
  const size = Math.ceil(records.length / chunks);
  return function* () {
    const codec = new FcgiApplication();
    drain(codec, head);
    for (let at = 0; at < records.length; at += size) yield drain(codec, records.subarray(at, at + size));
    return codec;
  };
}

function fastcgiResponse(bytes: number): () => Generator {
  const piece = new Uint8Array(Math.min(bytes, CHUNK));
  return function* () {
    for (let at = 0; at < bytes; at += CHUNK) yield encodeStream(FCGI_TYPE.STDOUT, 1, piece);
  };
}

function* byteByByte(codec: Codec, bytes: Uint8Array): Generator {
  for (let at = 0; at < bytes.length; at++) {
    const out = drain(codec, bytes.subarray(at, at + 1));
    if (at % KIB === 0 || out !== null) yield out;
  }
  return codec;
}

function uwsgiBytes(size: number): () => Generator {
  const packet = encodePacket(0, 0, pairsOfBytes(size));
  return () => byteByByte(new UwsgiApplication(), packet);
}

function fastcgiBytes(size: number): () => Generator {
  const request = fastcgiRequest(1, pairsOfBytes(size), 0);
  return () => byteByByte(new FcgiApplication(), request);
}

function headBytes(size: number): () => Generator {
  const headers = Array.from({ length: size / 256 }, (_, i) => [`X-Field-${i}`, 'v'.repeat(230)]).flat();
  const head = encodeResponseHead(200, headers, { form: 'cgi' });
  return () => byteByByte(new ResponseHeadDecoder(), head);
}

function viewLookUps(pairs: readonly string[]): () => unknown {
  const packet = encodePacket(0, 0, pairs);
  return () => {
    const view = new VarsView(packet, 4, packet.length);
    return ['REQUEST_METHOD', 'PATH_INFO', 'QUERY_STRING', 'HTTP_HOST', 'CONTENT_LENGTH'].map((name) =>
      view.get(name),
    );
  };
}

function fastcgiRequest(id: number, pairs: readonly string[], flags: number, body: number = 0): Buffer {
  const pieces = [encodeBeginRequest(id, 1, flags), encodeParams(id, pairs)];
  if (body === 0) pieces.push(encodeRecord(FCGI_TYPE.STDIN, id));
  return Buffer.concat(pieces);
}

/** Every request sends 16 records of 64 bytes in turn with the others. */
function multiplexed(requests: number): () => Generator {
  const ids = Array.from({ length: requests }, (_, i) => i + 1);
  const post = ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', String(16 * 64)];
  const opening = Buffer.concat(ids.map((id) => fastcgiRequest(id, post, 1, 1)));
  const round = Buffer.concat(ids.map((id) => encodeRecord(FCGI_TYPE.STDIN, id, new Uint8Array(64))));
  const closing = Buffer.concat(ids.map((id) => encodeRecord(FCGI_TYPE.STDIN, id)));
  return function* () {
    const application = new FcgiApplication();
    yield drain(application, opening);
    for (let i = 0; i < 16; i++) yield drain(application, round);
    yield drain(application, closing);
    return ids.map((id) => application.end(id));
  };
}
