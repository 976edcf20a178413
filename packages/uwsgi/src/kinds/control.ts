import { encodeHeader } from '../packet.js';
import type { UwsgiPacket } from '../packet.js';
import { encodePayload, expectKind, textOf } from './payload.js';

const PING = 100;
const SIGNAL = 110;
const RESPONSE = 255;

/** What a server answers to a ping, a signal and a spooler request. */
export interface UwsgiReply {
  /** Pong without a warning; signal queued, which says nothing about a handler; request spooled. */
  readonly ok: boolean;
  /** The warning of a pong (Latin-1), otherwise empty. */
  readonly warning: string;
}

/**
 * Encodes a ping, or with a `warning` the answer to one: empty when all is well.
 *
 * uWSGI keeps the length of the warning in a signed byte: stay below 128.
 *
 * @throws RangeError when the warning passes 65,535 bytes or has a character above U+00FF.
 *
 * @example
 * ```ts
 * import { encodePing } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodePing()); // Uint8Array(4) [ 100, 0, 0, 0 ]
 * console.log(encodePing('')); // Uint8Array(4) [ 100, 0, 0, 1 ]
 * ```
 */
export function encodePing(warning?: string): Uint8Array {
  return encodePayload(PING, warning === undefined ? 0 : 1, warning ?? '');
}

/**
 * Encodes uWSGI signal `signal`, 0 to 255: nothing to do with the signals of the operating system.
 *
 * @throws RangeError when it is not a byte.
 *
 * @example
 * ```ts
 * import { encodeSignal } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeSignal(17)); // Uint8Array(4) [ 110, 0, 0, 17 ]
 * ```
 */
export function encodeSignal(signal: number): Uint8Array {
  return encodeHeader(SIGNAL, 0, signal);
}

/**
 * Encodes the answer to a signal or a spooler request.
 *
 * @example
 * ```ts
 * import { encodeReply } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeReply(true)); // Uint8Array(4) [ 255, 0, 0, 1 ]
 * ```
 */
export function encodeReply(ok: boolean): Uint8Array {
  return encodeHeader(RESPONSE, 0, ok ? 1 : 0);
}

/**
 * Reads the answer to a ping, a signal or a spooler request.
 *
 * @throws UwsgiProtocolError `UWSGI_UNSUPPORTED_MODIFIER` when it is neither a pong nor a generic reply.
 *
 * @example
 * ```ts
 * import { decodePacket } from '@gatewire/uwsgi';
 * import { decodeReply } from '@gatewire/uwsgi/kinds';
 *
 * const answer = decodePacket(Uint8Array.of(255, 0, 0, 1), 0);
 * console.log(answer && decodeReply(answer.value)); // { ok: true, warning: '' }
 * ```
 */
export function decodeReply(packet: UwsgiPacket): UwsgiReply {
  const pong = packet.modifier1 === PING;
  expectKind(packet, pong ? PING : RESPONSE, pong ? [1] : [0, 1]);
  const warning = pong ? textOf(packet.payload) : '';
  return { ok: packet.modifier2 === 1 && warning === '', warning };
}
