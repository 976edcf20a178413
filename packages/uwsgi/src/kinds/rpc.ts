import { UWSGI_MAX_DATASIZE } from '../constants.js';
import { UwsgiProtocolError } from '../errors.js';
import { encodePacket } from '../packet.js';
import type { UwsgiPacket } from '../packet.js';
import { decodeVars } from '../vars.js';
import { decodeArray, encodeArray } from './array.js';
import { badField, decodeFields, MAX_NUMBER } from './fields.js';
import type { Fields } from './fields.js';
import { encodePayload, expectKind, textOf } from './payload.js';
import type { UwsgiBytes } from './payload.js';

const RPC = 173;

/** A call of a function that the server has registered. */
export interface UwsgiCall {
  /** Name of the function, Latin-1. */
  readonly name: string;
  /** Views of the packet's memory. */
  readonly args: readonly Uint8Array[];
  /** 0: the answer is to be a packet. 1: the result alone, then the end of the connection. */
  readonly modifier2: number;
}

/** The name of the function and its arguments. */
const MAX_ITEMS = 255;
const MAX_NAME_BYTES = 255;
/** modifier2 of a reply whose result follows the packet. */
const OUTSIDE = 5;
const REPLY: Fields = { CONTENT_LENGTH: ['number', MAX_NUMBER, 'required'] };

/**
 * Encodes a call. `modifier2` 0 asks for a packet as answer ({@link decodeRpcReply}), 1 for the result alone up to the
 * end of the connection. modifier2 2, a call in the path of a web request, is
 * `encodeRequest(pairs, { modifier1: 173, modifier2: 2 })` with PATH_INFO `/name/arg/arg`.
 *
 * @throws RangeError when the name passes 255 bytes, there are more than 254 arguments, one of them is empty, which
 *   uWSGI would drop, or all of it passes 65,535 bytes.
 *
 * @example
 * ```ts
 * import { encodeRpc } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeRpc('hello', ['a', 'bb']).length); // 18
 * ```
 */
export function encodeRpc(name: string, args: readonly UwsgiBytes[] = [], modifier2: 0 | 1 = 0): Uint8Array {
  if (name.length > MAX_NAME_BYTES) throw new RangeError(`a name of ${name.length} bytes`);
  return encodePayload(RPC, modifier2, encodeArray([name, ...args], { maxItems: MAX_ITEMS }));
}

/**
 * Reads a call: modifier2 0 or 1. Offsets of errors count from the start of the payload.
 *
 * @throws UwsgiProtocolError `UWSGI_UNSUPPORTED_MODIFIER`, `UWSGI_EMPTY_REQUEST` without a name, `UWSGI_BAD_FIELD` when
 *   the name passes 255 bytes, and what `decodeArray` throws.
 *
 * @example
 * ```ts
 * import { decodePacket } from '@gatewire/uwsgi';
 * import { decodeRpc, encodeRpc } from '@gatewire/uwsgi/kinds';
 *
 * const packet = decodePacket(encodeRpc('hello', ['a', 'bb']), 0);
 * console.log(packet && decodeRpc(packet.value).name); // hello
 * ```
 */
export function decodeRpc(packet: UwsgiPacket): UwsgiCall {
  const { modifier2, payload } = packet;
  expectKind(packet, RPC, [0, 1]);
  if (payload.length === 0) throw new UwsgiProtocolError('UWSGI_EMPTY_REQUEST', 'a call without a name', 0);
  const [name, ...args] = decodeArray(payload, 0, payload.length, { maxItems: MAX_ITEMS });
  if (name.length > MAX_NAME_BYTES) throw badField(`a name of ${name.length} bytes`, 0);
  return { name: textOf(name), args, modifier2 };
}

/** The answer to a call with modifier2 0. */
export interface UwsgiCallReply {
  /** The result, a view of the packet's memory; empty when it follows the packet. */
  readonly data: Uint8Array;
  /** Bytes of result that follow the packet; 0 when `data` is all of it. */
  readonly outsideBytes: number;
}

/**
 * Encodes the answer to a call with modifier2 0. Above 65,535 bytes the packet only announces the result, which is the
 * second chunk, not copied.
 *
 * @example
 * ```ts
 * import { encodeRpcReply } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeRpcReply(Uint8Array.of(97))); // [ Uint8Array(5) [ 173, 1, 0, 0, 97 ] ]
 * console.log(encodeRpcReply(new Uint8Array(70_000)).map((chunk) => chunk.length)); // [ 27, 70000 ]
 * ```
 */
export function encodeRpcReply(result: Uint8Array): Uint8Array[] {
  if (result.length <= UWSGI_MAX_DATASIZE) return [encodePayload(RPC, 0, result)];
  return [encodePacket(RPC, OUTSIDE, ['CONTENT_LENGTH', String(result.length)]), result];
}

/**
 * Reads the answer to a call with modifier2 0. Offsets of errors count from the start of the payload.
 *
 * @throws UwsgiProtocolError `UWSGI_UNSUPPORTED_MODIFIER`; for a result outside the packet `UWSGI_BAD_FIELD` when
 *   CONTENT_LENGTH is missing or not a number, and what `decodeVars` throws.
 *
 * @example
 * ```ts
 * import { decodePacket } from '@gatewire/uwsgi';
 * import { decodeRpcReply, encodeRpcReply } from '@gatewire/uwsgi/kinds';
 *
 * const [head] = encodeRpcReply(new Uint8Array(70_000));
 * const packet = decodePacket(head, 0);
 * console.log(packet && decodeRpcReply(packet.value).outsideBytes); // 70000
 * ```
 */
export function decodeRpcReply(packet: UwsgiPacket): UwsgiCallReply {
  const { modifier2, payload } = packet;
  expectKind(packet, RPC, [0, OUTSIDE]);
  if (modifier2 === 0) return { data: payload, outsideBytes: 0 };
  const { CONTENT_LENGTH } = decodeFields(REPLY, decodeVars(payload, 0, payload.length), 0);
  return { data: payload.subarray(payload.length), outsideBytes: Number(CONTENT_LENGTH) };
}
