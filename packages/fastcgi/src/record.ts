import { bytesOf } from '@gatewire/bytes';
import {
  BEGIN_REQUEST,
  END_REQUEST,
  FCGI_HEADER_LEN,
  FCGI_MAX_LENGTH,
  FCGI_VERSION_1,
  GET_VALUES,
  UNKNOWN_TYPE,
} from './constants.js';
import type { FcgiStreamType } from './events.js';
import { FcgiProtocolError } from './errors.js';
import { inRange } from './options.js';

// A record: version, type, requestId (2), contentLength (2), paddingLength, reserved; content; padding. Big-endian.

const HEADER = FCGI_HEADER_LEN;

/** Bytes of the bodies of BEGIN_REQUEST, END_REQUEST and UNKNOWN_TYPE. */
export const BODY = 8;

/** Bytes of a whole END_REQUEST. */
export const END_BYTES = 16;

/** Most content in a record of ours: a multiple of 8, so full records need no padding. */
export const MOST_CONTENT: number = FCGI_MAX_LENGTH & ~7;

/** The first eight bytes of a record. FastCGI 1.0 §3.3. */
export interface FcgiHeader {
  /** 0 to 255; 1 to 11 are defined. */
  readonly type: number;
  /** 0 for management records. */
  readonly requestId: number;
  /** Bytes of content after the header: 0 to 65,535. */
  readonly contentLength: number;
  /** Bytes to skip after the content: 0 to 255. */
  readonly paddingLength: number;
}

/**
 * Decodes the header at `offset`, or returns `null` when fewer than 8 bytes are there.
 *
 * @throws FcgiProtocolError `FCGI_BAD_VERSION`: nothing after the first byte means anything then.
 */
export function decodeHeader(bytes: Uint8Array, offset: number): FcgiHeader | null {
  if (offset + HEADER > bytes.length) return null;
  if (bytes[offset] !== FCGI_VERSION_1) throw badVersion(bytes[offset], offset);
  return {
    type: bytes[offset + 1],
    requestId: readUint16(bytes, offset + 2),
    contentLength: readUint16(bytes, offset + 4),
    paddingLength: bytes[offset + 6],
  };
}

/** The number in two bytes at `at`. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** What to throw for a record that begins with `version`. */
export function badVersion(version: number, offset: number): FcgiProtocolError {
  // What arrives on the wrong port: a TLS handshake, a uwsgi packet, the method of an HTTP request.
  const guess = version === 22 ? ': TLS?' : version === 0 ? ': uwsgi?' : version > 64 ? ': HTTP?' : '';
  return new FcgiProtocolError('FCGI_BAD_VERSION', `version ${version}, expected 1${guess}`, offset);
}

/** Body of BEGIN_REQUEST, 8 bytes at `at`. FastCGI 1.0 §5.1. */
export function decodeBeginRequest(bytes: Uint8Array, at: number): { role: number; flags: number } {
  return { role: readUint16(bytes, at), flags: bytes[at + 2] };
}

/** Body of END_REQUEST, 8 bytes at `at`; `appStatus` unsigned. FastCGI 1.0 §5.5. */
export function decodeEndRequest(
  bytes: Uint8Array,
  at: number,
): { appStatus: number; protocolStatus: number } {
  const appStatus = ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0;
  return { appStatus, protocolStatus: bytes[at + 4] };
}

/**
 * A whole record in memory of its own; content is padded with zeros to a multiple of 8 where that fits in 65,535 bytes.
 *
 * @throws RangeError when `type` is not a byte, the content has more than 65,535 bytes, or `requestId` is 0 on an
 *   application record, not 0 on a management record, or above 65,535.
 *
 * @example
 * ```ts
 * import { encodeRecord, FCGI_TYPE } from '@gatewire/fastcgi';
 *
 * console.log(encodeRecord(FCGI_TYPE.ABORT_REQUEST, 3).join(' ')); // 1 2 0 3 0 0 0 0
 * ```
 */
export function encodeRecord(type: number, requestId: number, content?: Uint8Array): Uint8Array {
  inRange('type', type, 0xff);
  const length = inRange('contentLength', content?.length ?? 0, FCGI_MAX_LENGTH);
  const padding = paddingFor(length);
  const record = new Uint8Array(HEADER + length + padding);
  encodeHeaderInto(record, 0, type, requestId, length, padding);
  if (content !== undefined) record.set(content, HEADER);
  return record;
}

/**
 * BEGIN_REQUEST. FastCGI 1.0 §5.1.
 *
 * @throws RangeError when an argument does not fit its field.
 */
export function encodeBeginRequest(requestId: number, role: number, flags: number): Uint8Array {
  inRange('role', role, 0xffff);
  const body = Uint8Array.of(role >> 8, role, inRange('flags', flags, 0xff), 0, 0, 0, 0, 0);
  return encodeRecord(BEGIN_REQUEST, requestId, body);
}

/**
 * END_REQUEST. FastCGI 1.0 §5.5. `appStatus` is what a CGI program would have given to exit, unsigned.
 *
 * @throws RangeError when an argument does not fit its field.
 */
export function encodeEndRequest(
  requestId: number,
  appStatus: number = 0,
  protocolStatus: number = 0,
): Uint8Array {
  const record = new Uint8Array(END_BYTES);
  encodeEndRequestInto(record, 0, requestId, appStatus, protocolStatus);
  return record;
}

/** {@link encodeEndRequest} at `out[at]`. */
export function encodeEndRequestInto(
  out: Uint8Array,
  at: number,
  requestId: number,
  appStatus: number,
  protocolStatus: number,
): void {
  const body = encodeHeaderInto(out, at, END_REQUEST, requestId, BODY, 0);
  inRange('appStatus', appStatus, 0xffffffff);
  out[body + 4] = inRange('protocolStatus', protocolStatus, 0xff);
  for (let i = 0; i < 4; i++) out[body + i] = appStatus >>> (24 - 8 * i);
}

/**
 * The records of a piece of a stream: each a header and its content, the last one with padding. The content is the
 * caller's memory: `data` itself, or views of it when it passes 65,528 bytes. No records for no data: an empty record
 * would end the stream, and `encodeRecord(stream, requestId)` does that.
 *
 * @throws RangeError when `requestId` is not 1 to 65,535.
 * @throws TypeError when `data` is not a `Uint8Array`.
 */
export function encodeStream(stream: FcgiStreamType, requestId: number, data: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  bytesOf(data);
  for (let at = 0; at < data.length; at += MOST_CONTENT) {
    const length = Math.min(data.length - at, MOST_CONTENT);
    const padding = paddingFor(length);
    const header = new Uint8Array(HEADER);
    encodeHeaderInto(header, 0, stream, requestId, length, padding);
    chunks.push(header, length === data.length ? data : data.subarray(at, at + length));
    if (padding > 0) chunks.push(new Uint8Array(padding));
  }
  return chunks;
}

/** Padding to a multiple of 8. Where content and padding would pass 65,535 bytes php-fpm resets the connection: none. */
export function paddingFor(length: number): number {
  return length > MOST_CONTENT ? 0 : -length & 7;
}

/** Writes a header at `out[at]`, which is all zeros, and returns the offset after it. */
export function encodeHeaderInto(
  out: Uint8Array,
  at: number,
  type: number,
  requestId: number,
  length: number,
  padding: number,
): number {
  out[at] = FCGI_VERSION_1;
  out[at + 1] = type;
  out[at + 2] = inRange('requestId', requestId, 0xffff) >> 8;
  out[at + 3] = requestId;
  out[at + 4] = length >> 8;
  out[at + 5] = length;
  out[at + 6] = padding;
  if (!isIdFor(type, requestId)) throw new RangeError(`id ${requestId} on type ${type}`);
  return at + HEADER;
}

/** Management records have id 0, the others have not; of undefined types nothing is known. FastCGI 1.0 §3.3. */
export function isIdFor(type: number, requestId: number): boolean {
  if (type === 0 || type > UNKNOWN_TYPE) return true;
  return (requestId === 0) === type >= GET_VALUES;
}
