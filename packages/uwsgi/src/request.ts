import { UWSGI_DEFAULT_BUFFER_SIZE, UWSGI_HEADER_BYTES, UWSGI_MODIFIER_REQUEST } from './constants.js';
import { encodePacket } from './packet.js';

/** Options of {@link encodeRequest}. */
export interface EncodeRequestOptions {
  /** Default 0. */
  readonly modifier1?: number;
  /** Default 0. */
  readonly modifier2?: number;
  /** The body, returned as it is behind the packet: not copied. Default none. */
  readonly body?: Uint8Array;
  /** Bytes of body that the caller will send itself; not together with `body`. */
  readonly contentLength?: number;
  /** Default `reject`: a name that comes twice is a `RangeError`. `keep` sends both; most servers see the last. */
  readonly duplicates?: 'reject' | 'keep';
  /**
   * The `buffer-size` of a uWSGI that this goes to, in bytes. Default 4,096, which is uWSGI's own. It closes the
   * connection on a larger block of variables, without a word to the client.
   */
  readonly bufferSize?: number;
  /** Called with the size of the block when it is larger than `bufferSize`: the place to warn. Default nothing. */
  readonly onOversize?: (varsBytes: number) => void;
  /** Default `drop`: the hop-by-hop headers of RFC 9110 §7.6.1 are left out. `keep` them for an upgrade. */
  readonly hopByHop?: 'drop' | 'keep';
}

/** Header fields that concern one connection only. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'HTTP_CONNECTION',
  'HTTP_KEEP_ALIVE',
  'HTTP_PROXY_CONNECTION',
  'HTTP_TE',
  'HTTP_TRAILER',
  'HTTP_UPGRADE',
]);

/**
 * Never sent. A `Proxy:` header would become the variable in which client libraries look for their proxy
 * (CVE-2016-5385 and its family); the body is sent without transfer coding; the other two have names of their own.
 */
const NEVER: ReadonlySet<string> = new Set([
  'HTTP_PROXY',
  'HTTP_TRANSFER_ENCODING',
  'HTTP_CONTENT_LENGTH',
  'HTTP_CONTENT_TYPE',
]);

/**
 * Encodes a web request: the packet, then the body. Write the chunks one after the other.
 *
 * `pairs` is flat: name, value, name, value. CONTENT_LENGTH is added when it is missing, and checked when it is not.
 * Headers of one connection only (HTTP_CONNECTION, HTTP_UPGRADE and so on) are left out unless `hopByHop` keeps them;
 * HTTP_PROXY, HTTP_TRANSFER_ENCODING, HTTP_CONTENT_LENGTH and HTTP_CONTENT_TYPE always are.
 *
 * @throws TypeError when `pairs` has an odd length, or `body` and `contentLength` are both given.
 * @throws RangeError when CONTENT_LENGTH is not the size of the body, when a name comes twice, and wherever
 *   `encodePacket` throws one.
 *
 * @example
 * ```ts
 * import { encodeRequest } from '@gatewire/uwsgi';
 *
 * const [packet, body] = encodeRequest(
 *   ['REQUEST_METHOD', 'POST', 'PATH_INFO', '/', 'QUERY_STRING', ''],
 *   { body: new TextEncoder().encode('a=b') },
 * );
 * console.log(packet.length, body.length); // 75 3
 * ```
 */
export function encodeRequest(pairs: readonly string[], options: EncodeRequestOptions = {}): Uint8Array[] {
  const { body, modifier1 = UWSGI_MODIFIER_REQUEST, modifier2 = 0 } = options;
  const sent = sentPairs(pairs, bodyBytes(options), options);
  const packet = encodePacket(modifier1, modifier2, sent);
  const varsBytes = packet.length - UWSGI_HEADER_BYTES;
  if (varsBytes > (options.bufferSize ?? UWSGI_DEFAULT_BUFFER_SIZE)) options.onOversize?.(varsBytes);
  return body === undefined || body.length === 0 ? [packet] : [packet, body];
}

function bodyBytes({ body, contentLength }: EncodeRequestOptions): number {
  if (body !== undefined && contentLength !== undefined)
    throw new TypeError('give body or contentLength, not both');
  const bytes = body?.length ?? contentLength ?? 0;
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new RangeError(`contentLength is ${bytes}, expected a whole number of bytes`);
}

function sentPairs(pairs: readonly string[], bytes: number, options: EncodeRequestOptions): string[] {
  if (pairs.length % 2 !== 0)
    throw new TypeError(`pairs has ${pairs.length} entries, expected name, value, name, value`);
  const sent: string[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i];
    if (NEVER.has(name) || (options.hopByHop !== 'keep' && HOP_BY_HOP.has(name))) continue;
    if (seen.has(name) && options.duplicates !== 'keep') throw new RangeError(`${name} is given twice`);
    if (name === 'CONTENT_LENGTH') checkContentLength(pairs[i + 1], bytes);
    seen.add(name);
    sent.push(name, pairs[i + 1]);
  }
  if (!seen.has('CONTENT_LENGTH')) sent.push('CONTENT_LENGTH', String(bytes));
  return sent;
}

function checkContentLength(text: string, bytes: number): void {
  if (text === String(bytes) || (text === '' && bytes === 0)) return;
  throw new RangeError(`CONTENT_LENGTH is ${JSON.stringify(text.slice(0, 32))}, the body has ${bytes} bytes`);
}
