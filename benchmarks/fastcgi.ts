import {
  decodeHeader,
  decodePairs,
  encodeBeginRequest,
  encodeEndRequest,
  encodeParams,
  encodeRecord,
  encodeStream,
  FCGI_HEADER_LEN,
  FCGI_TYPE,
  FcgiApplication,
} from '@gatewire/fastcgi';
import { encodeResponseHead } from '@gatewire/fastcgi/cgi';
import { loadFixture, recordedChunks } from '@gatewire/fixtures';
import type { Case, Peer } from './case.js';
import { CORPUS } from './corpus.js';
import {
  fastcgiParser,
  fastcgiParserRespond,
  fastcgiStream,
  fastcgiStreamRespond,
  nodeFastcgi,
} from './npm-fastcgi.js';
import type { Decode, Decoded } from './npm-fastcgi.js';
import { copy, llhttp, parsers } from './peers.js';

type Pairs = readonly string[];
type Chunks = readonly Buffer[];

const RESPONDER = 1;
export const KEEP_CONN = 1;

/** Records of {@link smallRecords}. */
export const SMALL_RECORDS = 8192;

/** Bytes of the body of `fastcgi/respond`. */
export const RESPONSE_BYTES = 65_536;

/** The cases of FastCGI, seen by an application. */
export const FASTCGI_CASES: readonly Case[] = [
  ...CORPUS.map(({ name, pairs }) => decodeCase(name, pairs)),
  bodyCase(
    'fastcgi/post/64k',
    'the variables are strings and 64 KiB of body, in two records and two reads, came out',
    () => recordedChunks(loadFixture('fastcgi/nginx-1.22.1/post-64k')).map((chunk) => Buffer.from(chunk)),
  ),
  bodyCase(
    'fastcgi/small-records/8192',
    'a body of 8,192 bytes, each in a padded record, in one chunk, came out',
    () => [smallRecords(SMALL_RECORDS)],
  ),
  {
    name: 'fastcgi/one-byte-chunks/get-25',
    work: 'the GET of 25 variables came a byte at a time; every name and every value is a string',
    peers: [
      application('FcgiApplication, new', () => bytesOf(requestBytes(CORPUS[0].pairs))),
      ...packages(() => bytesOf(requestBytes(CORPUS[0].pairs))),
    ],
  },
  respondCase(),
];

function decodeCase(entry: string, pairs: Pairs): Case {
  const chunks = (): Chunks => [requestBytes(pairs)];
  return {
    name: `fastcgi/decode/${entry}`,
    work: 'the end of the body was seen; every name and every value is a string',
    peers: [
      application('FcgiApplication, new', chunks),
      { name: 'FcgiApplication, connection kept', prepare: () => decodeKept(pairs) },
      peer('decodeHeader + decodePairs', () => decodeRecords, chunks),
      llhttp(pairs),
      ...parsers(pairs),
      ...packages(chunks),
      peer('node-fastcgi', nodeFastcgi, chunks),
      { name: 'Buffer.copy of the records (no strings)', prepare: () => copy(requestBytes(pairs)) },
    ],
  };
}

function bodyCase(name: string, work: string, chunks: () => Chunks): Case {
  return {
    name,
    work,
    peers: [
      application('FcgiApplication, new', chunks),
      { name: 'Buffer.copy of the records', prepare: () => copy(Buffer.concat(chunks())) },
      ...packages(chunks),
    ],
  };
}

function respondCase(): Case {
  return {
    name: 'fastcgi/respond/64k',
    work: 'a 200 with 64 KiB of body is records that can be written to a socket',
    peers: [
      { name: 'encodeResponseHead + records', prepare: respondWhole },
      { name: 'records, the head ready-made', prepare: () => respondBy(encodeRecords) },
      { name: 'FcgiApplication, a request opened', prepare: respondByApplication },
      { name: 'Buffer.copy of the body', prepare: () => copy(responseBody()) },
      { name: 'fastcgi-stream', prepare: () => respondBy(fastcgiStreamRespond()) },
      { name: 'fastcgi-parser', prepare: respondByParser },
    ],
  };
}

/** The packages that hand out all of a request while they are fed. */
function packages(chunks: () => Chunks): Peer[] {
  return [peer('fastcgi-stream', fastcgiStream, chunks), peer('fastcgi-parser', fastcgiParser, chunks)];
}

function peer(name: string, create: () => Decode, chunks: () => Chunks): Peer {
  return {
    name,
    prepare: () => {
      const [decode, input] = [create(), chunks()];
      return () => decode(input);
    },
  };
}

/** A request without KEEP_CONN in a decoder of its own, as nginx makes it unless it is told to keep connections. */
function application(name: string, chunks: () => Chunks): Peer {
  return peer(name, () => (input) => decodeAll(new FcgiApplication(), input), chunks);
}

/** One decoder for all requests, each ended as an answer would end it. */
function decodeKept(pairs: Pairs): () => Decoded {
  const kept = new FcgiApplication();
  const chunks = [requestBytes(pairs, KEEP_CONN)];
  return () => {
    const decoded = decodeAll(kept, chunks);
    kept.end(1);
    return decoded;
  };
}

function decodeAll(decoder: FcgiApplication, chunks: Chunks): Decoded {
  const decoded: Decoded = { params: null, body: [], ended: false };
  for (const chunk of chunks) {
    decoder.receive(chunk);
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.kind === 'request') decoded.params = event.pairs;
      else if (event.kind === 'body') decoded.body.push(event.data);
      else if (event.kind === 'bodyEnd') decoded.ended = true;
    }
  }
  return decoded;
}

/** Without state: for a caller that has the whole request, its variables in one record. */
function decodeRecords([bytes]: Chunks): Decoded {
  const decoded: Decoded = { params: null, body: [], ended: false };
  let header = decodeHeader(bytes, 0);
  for (let at = 0; header !== null; header = decodeHeader(bytes, at)) {
    const { type, contentLength, paddingLength } = header;
    const content = at + FCGI_HEADER_LEN;
    at = content + contentLength + paddingLength;
    if (type === FCGI_TYPE.PARAMS && contentLength > 0)
      decoded.params = decodePairs(bytes, content, content + contentLength);
    else if (type === FCGI_TYPE.STDIN) decoded.ended = contentLength === 0;
  }
  return decoded;
}

function encodeRecords(head: Uint8Array, body: Uint8Array): Uint8Array[] {
  return [
    ...encodeStream(FCGI_TYPE.STDOUT, 1, head),
    ...encodeStream(FCGI_TYPE.STDOUT, 1, body),
    encodeRecord(FCGI_TYPE.STDOUT, 1),
    encodeEndRequest(1),
  ];
}

/**
 * On a connection that is kept, where a request must be open to be answered: it has no variables and no body, and is part
 * of the measured work.
 */
function respondByApplication(): () => Uint8Array[] {
  const kept = new FcgiApplication();
  const request = requestBytes([], KEEP_CONN);
  const body = responseBody();
  return () => {
    kept.receive(request);
    while (kept.next() !== null);
    return [...kept.stdout(1, responseHead()), ...kept.stdout(1, body), ...kept.end(1)];
  };
}

function responseHead(): Uint8Array {
  const headers = ['Content-Type', 'application/octet-stream', 'Content-Length', String(RESPONSE_BYTES)];
  return encodeResponseHead(200, headers, { form: 'cgi' });
}

function respondWhole(): () => Uint8Array[] {
  const body = responseBody();
  return () => encodeRecords(responseHead(), body);
}

/** The head is ready-made: the packages have no part that makes one. */
function respondBy(encode: (head: Buffer, body: Buffer) => Uint8Array[]): () => Uint8Array[] {
  const [head, body] = [Buffer.from(responseHead()), responseBody()];
  return () => encode(head, body);
}

function respondByParser(): () => Uint8Array[] {
  let sent: Buffer[] = [];
  // Each record is in the memory of the one before it. Whoever sends it later has to copy it, which is not counted.
  const encode = respondBy(fastcgiParserRespond((record) => sent.push(record)));
  return () => {
    sent = [];
    encode();
    return sent;
  };
}

/** 64 KiB that tell one place from another. */
export function responseBody(): Buffer {
  return Buffer.from(Array.from({ length: RESPONSE_BYTES }, (_, i) => i % 251));
}

/** A request without a body, in one piece, as nginx sends it: padded to 8 bytes, and with empty records at the ends. */
export function requestBytes(pairs: Pairs, flags: number = 0): Buffer {
  return Buffer.concat([
    encodeBeginRequest(1, RESPONDER, flags),
    encodeParams(1, pairs),
    encodeRecord(FCGI_TYPE.STDIN, 1),
  ]);
}

/** A POST with `count` bytes of body, each in a record of its own with seven bytes of padding. */
export function smallRecords(count: number): Buffer {
  return Buffer.concat([
    encodeBeginRequest(1, RESPONDER, 0),
    encodeParams(1, ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', String(count)]),
    ...Array.from({ length: count }, (_, i) => encodeRecord(FCGI_TYPE.STDIN, 1, Uint8Array.of(i % 251))),
    encodeRecord(FCGI_TYPE.STDIN, 1),
  ]);
}

/** The same bytes, one in each chunk. */
function bytesOf(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}
