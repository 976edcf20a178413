import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { BrotliCompress, Gzip } from 'node:zlib';
import type {
  ASGIMiddleware,
  ASGISendCallable,
  ASGISendEvent,
  HTTPResponseBodyEvent,
  HTTPResponseStartEvent,
} from '@gatewire/interfaces';
import { latin1Bytes, latin1Text } from '../adapters/bytes.js';
import { sendFile } from '../send-file.js';

/** Options of {@link compress}. */
export interface CompressOptions {
  /** Bodies of a known size below this are not compressed. In bytes; default 1,024. */
  readonly minBytes?: number;
}

type Stream = BrotliCompress | Gzip;

type Coding = 'br' | 'gzip';

const COMPRESSIBLE =
  /^(?:text\/|application\/(?:javascript|json|wasm|xml|[^;]*\+(?:json|xml))|image\/svg\+xml)/i;

/**
 * Middleware that compresses what an ASGI application sends, by what the client accepts (RFC 9110 §12.5.3): brotli, else
 * gzip. Text, JSON, XML, JavaScript and the like, unless the response has a coding already, is of a part (206), says
 * `no-transform`, or is smaller than `minBytes`. Each piece is flushed, so streams stay streams.
 *
 * Content-Length is removed, Vary names Accept-Encoding, and a strong ETag becomes weak (RFC 9110 §8.8.3).
 *
 * @example
 * ```ts
 * import { fetchToAsgi } from '@gatewire/server/adapters';
 * import { compress } from '@gatewire/server/middleware';
 *
 * export default compress()(fetchToAsgi(() => Response.json({ long: 'a'.repeat(10_000) })));
 * ```
 */
export function compress({ minBytes = 1024 }: CompressOptions = {}): ASGIMiddleware {
  return (app) => (scope, receive, send) => {
    if (scope.type !== 'http') return app(scope, receive, send);
    const accepted = scope.headers.filter(([name]) => latin1Text(name) === 'accept-encoding');
    const coding = codingOf(accepted.map(([, value]) => latin1Text(value)).join(','));
    if (coding === null || scope.method === 'HEAD') return app(scope, receive, send);
    const compressor = new Compressor(coding, minBytes, send);
    return app(scope, receive, compressor.send);
  };
}

/** The best coding that an Accept-Encoding takes; null for none. */
function codingOf(header: string): Coding | null {
  const accepted = new Map<string, number>();
  for (const item of header.split(',')) {
    const [name, ...parameters] = item
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    accepted.set(name, quality === undefined ? 1 : Number(quality.slice(2)));
  }
  const quality = (name: string): number => accepted.get(name) ?? accepted.get('*') ?? 0;
  if (quality('br') > 0 && quality('br') >= quality('gzip')) return 'br';
  return quality('gzip') > 0 ? 'gzip' : null;
}

/** One response on its way through. */
class Compressor {
  private readonly coding: Coding;
  private readonly minBytes: number;
  private readonly next: ASGISendCallable;
  private stream: Stream | null = null;
  private output: Buffer[] = [];

  constructor(coding: Coding, minBytes: number, next: ASGISendCallable) {
    this.coding = coding;
    this.minBytes = minBytes;
    this.next = next;
  }

  readonly send: ASGISendCallable = async (event: ASGISendEvent) => {
    if (event.type === 'http.response.start') await this.next(this.start(event));
    else if (event.type === 'http.response.body' && this.stream !== null) await this.body(event, this.stream);
    else if (event.type === 'http.response.pathsend' && this.stream !== null)
      await this.path(event.path, this.stream);
    else await this.next(event);
  };

  private start(event: HTTPResponseStartEvent): HTTPResponseStartEvent {
    const headers = [...(event.headers ?? [])].map(
      ([name, value]) => [latin1Text(name), latin1Text(value)] as const,
    );
    if (!this.isWorthIt(event.status, new Map(headers))) return { ...event, headers: toBytes(headers) };
    this.stream = this.coding === 'br' ? brotli() : createGzip();
    this.stream.on('data', (chunk: Buffer) => this.output.push(chunk));
    const kept = headers.filter(([name]) => name !== 'content-length' && name !== 'vary');
    const weak = kept.map(([name, value]) => [name, name === 'etag' ? weakened(value) : value] as const);
    const vary = headers.filter(([name]) => name === 'vary').map(([, value]) => value);
    return {
      ...event,
      headers: toBytes([
        ...weak,
        ['content-encoding', this.coding],
        ['vary', [...vary, 'Accept-Encoding'].join(', ')],
      ]),
    };
  }

  private isWorthIt(status: number, headers: ReadonlyMap<string, string>): boolean {
    if (status === 204 || status === 206 || status === 304) return false;
    if (headers.has('content-encoding') || headers.has('content-range')) return false;
    if (/no-transform/i.test(headers.get('cache-control') ?? '')) return false;
    if (Number(headers.get('content-length') ?? Infinity) < this.minBytes) return false;
    return COMPRESSIBLE.test(headers.get('content-type') ?? '');
  }

  private async body(
    { body, more_body: more = false }: Omit<HTTPResponseBodyEvent, 'type'>,
    stream: Stream,
  ): Promise<void> {
    if (body !== undefined && body.length > 0) await done((callback) => stream.write(body, callback));
    await (more ? flushed(stream) : ended(stream));
    const piece = Buffer.concat(this.output);
    this.output = [];
    await this.next({ type: 'http.response.body', body: piece, more_body: more });
  }

  /** A file is read here: what the server sends by itself has no coding. */
  private async path(path: string, stream: Stream): Promise<void> {
    await sendFile(path, (data) => this.body({ body: data, more_body: true }, stream));
    await this.body({}, stream);
  }
}

function brotli(): Stream {
  // The default of 11 is for files that are compressed once.
  return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
}

function done(step: (callback: (error?: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    step((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function flushed(stream: Stream): Promise<void> {
  return done((callback) => stream.flush(() => callback()));
}

/** Its `finish` is before its last data. */
function ended(stream: Stream): Promise<void> {
  return done((callback) => stream.once('end', callback).once('error', callback).end());
}

function weakened(etag: string): string {
  return etag.startsWith('W/') ? etag : `W/${etag}`;
}

function toBytes(headers: readonly (readonly [string, string])[]): [Uint8Array, Uint8Array][] {
  return headers.map(([name, value]) => [latin1Bytes(name), latin1Bytes(value)]);
}
