import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

// The packages on npm that decode FastCGI for applications, each driven as its own documentation or example does it, and
// kept from request to request where it can be. None of them has types.

/** What a package made of a request. */
export interface Decoded {
  /** The variables, in the form that the package has for them. */
  params: unknown;
  /** The body, fragment by fragment, as the package hands it out. */
  readonly body: Uint8Array[];
  /** Whether the end of the body was seen. */
  ended: boolean;
}

/** Feeds `chunks`, the bytes of one request with id 1, and returns what came out. */
export type Decode = (chunks: readonly Buffer[]) => Decoded;

/** Records of a response to request 1: the head, the body, the ends of the stream and of the request. */
export type Respond = (head: Buffer, body: Buffer) => Buffer[];

const require = createRequire(import.meta.url);

/** Most content of a record. These packages leave it to their callers to cut what is longer. */
const MOST_CONTENT = 65_528;

interface StreamRecord {
  readonly TYPE: number;
  readonly params: unknown[];
  readonly data: Uint8Array | string;
}

interface StreamPackage {
  readonly FastCGIStream: new (socket: EventEmitter) => EventEmitter & {
    writeRecord(requestId: number, record: StreamRecord): void;
  };
  readonly records: {
    readonly StdOut: new (data?: Uint8Array) => StreamRecord;
    readonly EndRequest: new (appStatus: number, protocolStatus: number) => StreamRecord;
  };
}

const PARAMS = 4;
const STDIN = 5;

/** fastcgi-stream: records out of a stream, as objects. Names and values are UTF-8; a name with an empty value is alone. */
export function fastcgiStream(): Decode {
  const { FastCGIStream } = require('fastcgi-stream') as StreamPackage;
  const socket = new EventEmitter();
  let decoded = nothing();
  const pairs: unknown[] = [];
  new FastCGIStream(socket).on('record', (_id: number, record: StreamRecord) => {
    if (record.TYPE === PARAMS) {
      pairs.push(...record.params);
      if (record.params.length === 0) decoded.params = pairs.splice(0);
    } else if (record.TYPE === STDIN) {
      if (typeof record.data === 'string') decoded.ended = true;
      else decoded.body.push(record.data);
    }
  });
  return (chunks) => {
    decoded = nothing();
    for (const chunk of chunks) socket.emit('data', chunk);
    return decoded;
  };
}

/** The other direction of fastcgi-stream. It pads records by other lengths than it should. */
export function fastcgiStreamRespond(): Respond {
  const { FastCGIStream, records } = require('fastcgi-stream') as StreamPackage;
  let out: Buffer[] = [];
  const write = (bytes: Buffer): boolean => out.push(bytes) > 0;
  const stream = new FastCGIStream(Object.assign(new EventEmitter(), { write }));
  return (head, body) => {
    out = [];
    for (const content of [head, ...pieces(body)]) stream.writeRecord(1, new records.StdOut(content));
    stream.writeRecord(1, new records.StdOut());
    stream.writeRecord(1, new records.EndRequest(0, 0));
    return out;
  };
}

interface ParsedRecord {
  readonly header: { readonly type: number; readonly contentLength: number };
  readonly body: { readonly params?: Record<string, string> };
}

interface ParserPackage {
  readonly parser: new () => {
    encoding: string;
    onRecord: (record: ParsedRecord) => void;
    onBody: (bytes: Buffer, start: number, end: number) => void;
    execute(bytes: Uint8Array): void;
  };
  readonly writer: new () => {
    encoding: string;
    writeHeader(header: object): void;
    writeBody(body: Uint8Array): void;
    writeEnd(end: object): void;
    tobuffer(): Buffer;
  };
}

/** fastcgi-parser: records by callback, the variables of each record as an object. */
export function fastcgiParser(): Decode {
  const { parser: Parser } = require('fastcgi-parser') as ParserPackage;
  const parser = new Parser();
  let decoded = nothing();
  parser.encoding = 'binary';
  parser.onBody = (bytes, start, end) => {
    if (end > start) decoded.body.push(bytes.subarray(start, end));
  };
  parser.onRecord = ({ header, body }) => {
    if (header.type === PARAMS && body.params !== undefined) decoded.params = body.params;
    else if (header.type === STDIN && header.contentLength === 0) decoded.ended = true;
  };
  return (chunks) => {
    decoded = nothing();
    for (const chunk of chunks) parser.execute(chunk);
    return decoded;
  };
}

/** The other direction of fastcgi-parser. All records are written to one piece of memory: `send` is called with each. */
export function fastcgiParserRespond(send: (record: Buffer) => void): Respond {
  const { writer: Writer } = require('fastcgi-parser') as ParserPackage;
  const writer = new Writer();
  writer.encoding = 'binary';
  const record = (type: number, content: Uint8Array): void => {
    const contentLength = content.length;
    writer.writeHeader({ version: 1, type, recordId: 1, contentLength, paddingLength: 0 });
    if (type === 3) writer.writeEnd({ status: 0, protocolStatus: 0 });
    else writer.writeBody(content);
    send(writer.tobuffer());
  };
  const empty = Buffer.alloc(0);
  const end = Buffer.alloc(8);
  return (head, body) => {
    for (const content of [head, ...pieces(body), empty]) record(6, content);
    record(3, end);
    return [];
  };
}

interface ServerPackage {
  readonly createServer: (responder: (request: ServerRequest) => void) => EventEmitter;
}

interface ServerRequest extends EventEmitter {
  readonly cgiParams: Record<string, string>;
}

/**
 * node-fastcgi: a server like node:http's on top of fastcgi-stream. A connection for each request, because an answer
 * would have to end the last one. No body: its streams hand that out later, from the event loop.
 */
export function nodeFastcgi(): Decode {
  const { createServer } = require('node-fastcgi') as ServerPackage;
  let decoded = nothing();
  const server = createServer((request) => {
    decoded.params = request.cgiParams;
    request.once('complete', () => {
      decoded.ended = true;
    });
  });
  const setTimeout = (): void => undefined;
  return (chunks) => {
    decoded = nothing();
    const socket = Object.assign(new EventEmitter(), { setTimeout });
    server.emit('connection', socket);
    for (const chunk of chunks) socket.emit('data', chunk);
    return decoded;
  };
}

function nothing(): Decoded {
  return { params: null, body: [], ended: false };
}

function pieces(body: Buffer): Buffer[] {
  const count = Math.ceil(body.length / MOST_CONTENT);
  return Array.from({ length: count }, (_, i) => body.subarray(i * MOST_CONTENT, (i + 1) * MOST_CONTENT));
}
