import { encodePacket } from '../packet.js';
import type { UwsgiPacket } from '../packet.js';
import { decodeVars } from '../vars.js';
import { decodeArray, encodeArray } from './array.js';
import { badField, decodeFields, encodeFields, NUMBER, TEXT } from './fields.js';
import type { Fields } from './fields.js';
import { encodePayload, expectKind } from './payload.js';
import type { UwsgiBytes } from './payload.js';

const CACHE = 111;
const MAGIC = 17;

/** Parts of each plain command by modifier2: key, value, time of expiry. */
const PARTS: Readonly<Record<number, number | undefined>> = { 0: 1, 1: 2, 2: 1, 5: 1, 10: 3, 11: 1 };
/** The commands whose payload is the key as it is; the others have an array. */
const BARE: readonly number[] = [0, 2, 5];

/** A cache command in one of the plain forms. */
export interface UwsgiCacheCommand<Bytes extends UwsgiBytes = UwsgiBytes> {
  /** 0 get, 1 set, 2 delete, 5 get as a stream; 10 update and 11 delete as datagrams. */
  readonly modifier2: number;
  readonly key: Bytes;
  readonly value?: Bytes;
  /** Unix time in seconds, as decimal text; with modifier2 10. */
  readonly expires?: Bytes;
}

/**
 * Encodes a cache command in a plain form. Prefer {@link encodeCache} with a real server: its answers can be told from
 * a failure, those of the plain get cannot.
 *
 * @throws RangeError when the key or another part is empty, all of it passes 65,535 bytes, or `modifier2` is not one
 *   of those listed or has other parts.
 *
 * @example
 * ```ts
 * import { encodeCacheCommand } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeCacheCommand({ modifier2: 1, key: 'k', value: 'hi' }).length); // 11
 * ```
 */
export function encodeCacheCommand({ modifier2, key, value, expires }: UwsgiCacheCommand): Uint8Array {
  const items = [key, value, expires].filter((item) => item !== undefined);
  const parts = PARTS[modifier2];
  if (items.length !== parts)
    throw new RangeError(`modifier2 ${modifier2} takes ${parts ?? 'no'} parts, not ${items.length}`);
  const array = encodeArray(items);
  return encodePayload(CACHE, modifier2, BARE.includes(modifier2) ? key : array);
}

/**
 * Reads a cache command in a plain form; key and value are views. Offsets of errors count from the start of the
 * payload.
 *
 * @throws UwsgiProtocolError `UWSGI_UNSUPPORTED_MODIFIER`, `UWSGI_BAD_FIELD` when a part is missing, and what `decodeArray`
 *   throws.
 *
 * @example
 * ```ts
 * import { decodePacket } from '@gatewire/uwsgi';
 * import { decodeCacheCommand } from '@gatewire/uwsgi/kinds';
 *
 * const packet = decodePacket(Uint8Array.of(111, 1, 0, 2, 0x6b), 0);
 * console.log(packet && decodeCacheCommand(packet.value).key); // Uint8Array(1) [ 107 ]
 * ```
 */
export function decodeCacheCommand(packet: UwsgiPacket): UwsgiCacheCommand<Uint8Array> {
  const { modifier2, payload } = packet;
  const parts = PARTS[modifier2] ?? 0;
  expectKind(packet, CACHE, Object.keys(PARTS).map(Number));
  const bare = BARE.includes(modifier2) && payload.length > 0;
  const items = bare ? [payload] : decodeArray(payload, 0, payload.length, { maxItems: parts });
  if (items.length !== parts) throw badField(`${items.length} parts, expected ${parts}`, payload.length);
  const [key, value, expires] = items;
  return { modifier2, key, ...(parts > 1 && { value }), ...(parts > 2 && { expires }) };
}

/** A cache request, or the answer to one, in the form uWSGI itself uses: vars, and the value behind the packet. */
export interface UwsgiCacheMessage {
  /** `ok` in an answer. uWSGI has no other: when something fails it closes the connection. */
  readonly status?: string;
  /** `get`, `set`, `update`, `del`, `exists` or `clear` in a request. */
  readonly cmd?: string;
  /** Latin-1, one character per byte. */
  readonly key?: string;
  /** Size of the value in bytes. It follows the packet, outside its datasize. */
  readonly size?: number;
  /** Seconds from now in a request, 0 for ever. */
  readonly expires?: number;
  /** Name of the cache; the first one when it is left out. */
  readonly cache?: string;
}

const FIELDS: Fields = {
  status: TEXT,
  cmd: TEXT,
  key: TEXT,
  size: NUMBER,
  expires: NUMBER,
  cache: TEXT,
};

/**
 * Encodes a cache request, or with `status` the answer to one. A `value` sets `size` and is the second chunk, not
 * copied.
 *
 * @throws RangeError when a text is empty, a number is not a whole one, or the vars pass 65,535 bytes.
 *
 * @example
 * ```ts
 * import { encodeCache } from '@gatewire/uwsgi/kinds';
 *
 * const [packet, value] = encodeCache({ cmd: 'set', key: 'k' }, Uint8Array.of(104, 105));
 * console.log(packet.length, value.length); // 31 2
 * ```
 */
export function encodeCache(message: UwsgiCacheMessage, value?: Uint8Array): Uint8Array[] {
  const fields = value === undefined ? message : { ...message, size: value.length };
  const packet = encodePacket(CACHE, MAGIC, encodeFields(FIELDS, { ...fields }));
  return value === undefined ? [packet] : [packet, value];
}

/**
 * Reads a cache request or the answer to one: `size` bytes of value follow the packet, none when it is missing.
 * Offsets of errors count from the start of the payload.
 *
 * @throws UwsgiProtocolError `UWSGI_UNSUPPORTED_MODIFIER`, `UWSGI_BAD_FIELD` when neither `cmd` nor `status` is there,
 *   a number is none or two values differ, and what `decodeVars` throws.
 *
 * @example
 * ```ts
 * import { decodePacket } from '@gatewire/uwsgi';
 * import { decodeCache, encodeCache } from '@gatewire/uwsgi/kinds';
 *
 * const packet = decodePacket(encodeCache({ status: 'ok', size: 2 })[0], 0);
 * console.log(packet && decodeCache(packet.value).size); // 2
 * ```
 */
export function decodeCache(packet: UwsgiPacket): UwsgiCacheMessage {
  const { payload } = packet;
  expectKind(packet, CACHE, [MAGIC]);
  const message: UwsgiCacheMessage = decodeFields(FIELDS, decodeVars(payload, 0, payload.length), 0);
  if (message.cmd === undefined && message.status === undefined)
    throw badField('neither cmd nor status', payload.length);
  return message;
}
