import { encodeRecord, encodeStream, FCGI_TYPE, FcgiApplication } from '@gatewire/fastcgi';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { encodePacket, UwsgiApplication } from '@gatewire/uwsgi';
import type { Case, Peer } from './case.js';
import { CORPUS } from './corpus.js';
import { requestBytes, RESPONSE_BYTES, responseBody } from './fastcgi.js';
import { copy } from './peers.js';

const MIB = 1_048_576;

/** Bytes that a read from a socket brings at most: what node gives to one. */
const READ = 65_536;

/** Requests that are open at once in `fastcgi/multiplexed`. */
export const STREAMS = 16;

/** Bodies, both protocols: larger than a packet or a record, in tiny pieces, or mixed on one connection. */
export const BODY_CASES: readonly Case[] = [
  bodyCase('uwsgi/post/64k', uwsgiPost(65_536), () => new UwsgiApplication()),
  bodyCase('uwsgi/post/1m', uwsgiPost(MIB), () => new UwsgiApplication()),
  bodyCase('fastcgi/post/1m', fastcgiPost(MIB), () => new FcgiApplication()),
  {
    name: 'uwsgi/one-byte-chunks/get-25',
    work: 'the GET of 25 variables came a byte at a time; every name and every value is a string',
    peers: [
      receiver(
        'UwsgiApplication, new',
        () => new UwsgiApplication(),
        () => cut(encodePacket(0, 0, CORPUS[0].pairs), 1),
      ),
      receiver(
        'FcgiApplication, new',
        () => new FcgiApplication(),
        () => cut(requestBytes(CORPUS[0].pairs), 1),
      ),
    ],
  },
  {
    name: `fastcgi/multiplexed/${STREAMS}`,
    work: `${STREAMS} requests of 25 variables and 4 KiB of body came in turn on one connection, 1 KiB a record`,
    peers: [
      receiver(
        'FcgiApplication, all at once',
        () => new FcgiApplication(),
        () => [multiplexed(true)],
      ),
      receiver(
        'FcgiApplication, one after the other',
        () => new FcgiApplication(),
        () => [multiplexed(false)],
      ),
      { name: 'Buffer.copy of the records', prepare: () => copy(multiplexed(true)) },
    ],
  },
  respondCase('1k', 1024),
  respondCase('64k', RESPONSE_BYTES),
];

interface Codec {
  receive(chunk: Uint8Array): void;
  next(): { readonly kind: string; readonly pairs?: readonly string[]; readonly data?: Uint8Array } | null;
}

/** What came out: requests with their variables, bytes of body, ends. */
export interface Received {
  requests: number;
  variables: number;
  bytes: number;
  ends: number;
}

function receiver(name: string, create: () => Codec, chunks: () => readonly Uint8Array[]): Peer {
  return {
    name,
    prepare: () => {
      const input = chunks();
      return () => receive(create(), input);
    },
  };
}

function receive(codec: Codec, chunks: readonly Uint8Array[]): Received {
  const received: Received = { requests: 0, variables: 0, bytes: 0, ends: 0 };
  for (const chunk of chunks) {
    codec.receive(chunk);
    for (let event = codec.next(); event !== null; event = codec.next()) {
      received.requests += event.kind === 'request' ? 1 : 0;
      received.variables += (event.pairs?.length ?? 0) / 2;
      received.bytes += event.data?.length ?? 0;
      received.ends += event.kind === 'bodyEnd' ? 1 : 0;
    }
  }
  return received;
}

function bodyCase(name: string, bytes: () => Uint8Array, create: () => Codec): Case {
  return {
    name,
    work: 'the variables are strings and all of the body came out, in reads of 64 KiB',
    peers: [
      receiver(create().constructor.name, create, () => cut(bytes(), READ)),
      { name: 'Buffer.copy of the bytes', prepare: () => copy(bytes()) },
    ],
  };
}

/** A response over uwsgi: an HTTP head and the body as it is. */
function respondCase(name: string, bytes: number): Case {
  const body = responseBody().subarray(0, bytes);
  const headers = ['Content-Type', 'application/octet-stream', 'Content-Length', String(bytes)];
  return {
    name: bytes === RESPONSE_BYTES ? `uwsgi/respond/${name}` : `respond/${name}`,
    work: `a 200 with ${bytes} bytes of body is pieces of memory that can be written to a socket`,
    peers: [
      {
        name: 'uwsgi: encodeResponseHead, the body as it is',
        prepare: () => () => [encodeResponseHead(200, headers, { form: 'http' }), body],
      },
      {
        name: 'FastCGI: encodeResponseHead + records',
        prepare: () => () => [
          ...encodeStream(FCGI_TYPE.STDOUT, 1, encodeResponseHead(200, headers, { form: 'cgi' })),
          ...encodeStream(FCGI_TYPE.STDOUT, 1, body),
          encodeRecord(FCGI_TYPE.STDOUT, 1),
        ],
      },
      { name: 'Buffer.copy of the body', prepare: () => copy(body) },
    ],
  };
}

function uwsgiPost(bytes: number): () => Buffer {
  return () => Buffer.concat([encodePacket(0, 0, postPairs(bytes)), Buffer.alloc(bytes, 'b')]);
}

function fastcgiPost(bytes: number): () => Buffer {
  return () => {
    // As large as nginx makes them: a buffer of 32 KiB in each.
    const records = Array.from({ length: bytes / 32_768 }, () =>
      Buffer.from(encodeRecord(FCGI_TYPE.STDIN, 1, Buffer.alloc(32_768, 'b'))),
    );
    return Buffer.concat([withoutEnd(1, bytes), ...records, encodeRecord(FCGI_TYPE.STDIN, 1)]);
  };
}

function multiplexed(inTurn: boolean): Buffer {
  const ids = Array.from({ length: STREAMS }, (_, i) => i + 1);
  const piece = (id: number): Uint8Array => encodeRecord(FCGI_TYPE.STDIN, id, Buffer.alloc(1024, id));
  const end = (id: number): Uint8Array => encodeRecord(FCGI_TYPE.STDIN, id);
  const rounds = [0, 1, 2, 3];
  if (inTurn) {
    const begun = ids.map((id) => withoutEnd(id, 4096));
    return Buffer.concat([...begun, ...rounds.flatMap(() => ids.map(piece)), ...ids.map(end)]);
  }
  return Buffer.concat(ids.flatMap((id) => [withoutEnd(id, 4096), ...rounds.map(() => piece(id)), end(id)]));
}

/** BEGIN_REQUEST and the variables of a POST, with KEEP_CONN, so that more requests may follow. */
function withoutEnd(id: number, bytes: number): Buffer {
  const whole = requestBytes(postPairs(bytes), 1).subarray(0, -8);
  for (let at = 0; at < whole.length; at += 8 + whole.readUInt16BE(at + 4) + whole[at + 6])
    whole[at + 3] = id;
  return whole;
}

function postPairs(bytes: number): string[] {
  const pairs = [...CORPUS[0].pairs];
  pairs[pairs.indexOf('REQUEST_METHOD') + 1] = 'POST';
  pairs[pairs.indexOf('CONTENT_LENGTH') + 1] = String(bytes);
  return pairs;
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
