import { FCGI_HEADER_LEN, FCGI_TYPE } from '@gatewire/fastcgi';
import { decodePacket, UWSGI_HEADER_BYTES, UwsgiProtocolError } from '@gatewire/uwsgi';
import { UWSGI_KINDS } from '@gatewire/uwsgi/kinds';
import type { InspectedProtocol, Sender } from './conversation.js';

/** What bytes are, by the first of them. */
export interface Recognised {
  readonly protocol: InspectedProtocol;
  readonly sender: Sender;
}

const FROM_APPLICATION: ReadonlySet<number> = new Set([
  FCGI_TYPE.END_REQUEST,
  FCGI_TYPE.STDOUT,
  FCGI_TYPE.STDERR,
  FCGI_TYPE.GET_VALUES_RESULT,
  FCGI_TYPE.UNKNOWN_TYPE,
]);

/** Recognises a stream that begins at the start of a connection, or at least of a record; `null` when it is neither. */
export function recognise(bytes: Uint8Array): Recognised | null {
  if (isFastcgi(bytes)) return { protocol: 'fastcgi', sender: senderOfRecords(bytes) };
  if (isUwsgi(bytes)) return { protocol: 'uwsgi', sender: 'web server' };
  return isResponse(bytes) ? { protocol: 'uwsgi', sender: 'application' } : null;
}

/** Who sends a stream of which the protocol is known. */
export function senderOf(protocol: InspectedProtocol, bytes: Uint8Array): Sender {
  if (protocol === 'fastcgi') return senderOfRecords(bytes);
  return isResponse(bytes) ? 'application' : 'web server';
}

/** What bytes that were not recognised look like, for people. */
export function looksLike(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'no data';
  try {
    decodePacket(bytes, 0);
  } catch (error) {
    const name =
      error instanceof UwsgiProtocolError ? /^this is ([A-Za-z]+)/.exec(error.message)?.[1] : undefined;
    if (name !== undefined) return name;
  }
  const start = bytes.subarray(0, 16);
  if (start.every(isText)) return `text, ${JSON.stringify(String.fromCharCode(...start))}`;
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  return `begins with ${first.join(' ')}`;
}

/** Version 1, a type that is defined, an id that fits it, and the size that its body has. */
function isFastcgi(bytes: Uint8Array): boolean {
  if (bytes.length < FCGI_HEADER_LEN || bytes[0] !== 1) return false;
  const type = bytes[1];
  if (type < FCGI_TYPE.BEGIN_REQUEST || type > FCGI_TYPE.UNKNOWN_TYPE) return false;
  const isManagement = bytes[2] === 0 && bytes[3] === 0;
  if (isManagement !== type >= FCGI_TYPE.GET_VALUES) return false;
  const hasBody =
    type === FCGI_TYPE.BEGIN_REQUEST || type === FCGI_TYPE.END_REQUEST || type === FCGI_TYPE.UNKNOWN_TYPE;
  return !hasBody || (bytes[4] === 0 && bytes[5] === 8);
}

function senderOfRecords(bytes: Uint8Array): Sender {
  return FROM_APPLICATION.has(bytes[1]) ? 'application' : 'web server';
}

/**
 * A kind that exists and, where it has vars, a first name that is one, else all of the packet. Kinds have the numbers of
 * letters: what begins like text is none, or the size of its packet would be 8,224 bytes or more.
 */
function isUwsgi(bytes: Uint8Array): boolean {
  if (bytes.length < UWSGI_HEADER_BYTES || bytes.subarray(0, UWSGI_HEADER_BYTES).every(isText)) return false;
  const kinds = UWSGI_KINDS.filter(({ modifier1 }) => modifier1 === bytes[0]);
  if (kinds.length === 0 || isResponse(bytes) || looksForeign(bytes)) return false;
  const datasize = bytes[1] | (bytes[2] << 8);
  const isWhole = bytes.length >= UWSGI_HEADER_BYTES + datasize;
  if (!kinds.some(({ body }) => body === 'vars')) return isWhole;
  if (kinds.some(({ body }) => body !== 'vars') && bytes[3] > 0) return isWhole;
  if (datasize === 0) return bytes.length === UWSGI_HEADER_BYTES;
  const nameBytes = bytes[4] | (bytes[5] << 8);
  const name = bytes.subarray(6, Math.min(6 + nameBytes, 70));
  return nameBytes > 0 && nameBytes + 4 <= datasize && name.every((byte) => byte > 0x20 && byte < 0x7f);
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);
}

function looksForeign(bytes: Uint8Array): boolean {
  try {
    decodePacket(bytes, 0);
    return false;
  } catch (error) {
    return error instanceof UwsgiProtocolError && error.code === 'UWSGI_NOT_UWSGI';
  }
}

/** A response of a uwsgi application: a status line, or a CGI head. */
export function isResponse(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  return /^(?:HTTP\/[0-9]|[A-Za-z][A-Za-z0-9-]*: ?[\x20-\x7e])/.test(text);
}
