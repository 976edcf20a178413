import { UWSGI_HEADER_BYTES } from '../constants.js';
import { encodePacket } from '../packet.js';
import { decodeVars } from '../vars.js';
import { decodeDatagram } from './datagram.js';
import { badField, decodeFields, encodeFields, NUMBER, TEXT } from './fields.js';
import type { Field, Fields } from './fields.js';
import { expectKind, textOf } from './payload.js';

const SUBSCRIPTION = 224;

/** The buffer of uWSGI's receivers: a longer datagram is cut. */
const MAX_DATAGRAM_BYTES = 4096;
/** What stands before the signature: two lengths and its name. */
const SIGN_FIELD_BYTES = 2 + 4 + 2;

/**
 * What an instance tells a router's subscription server. The names are those on the wire; texts are Latin-1 and
 * never empty, numbers are whole and not negative.
 */
export interface UwsgiSubscription {
  /** Pool of the node: the Host header of the requests it wants, with the port. At most 255 bytes. */
  readonly key: string;
  /** Address of the node, `10.0.0.5:3031` or `/run/x.sock`; its identity in the pool. At most 255 bytes. */
  readonly address: string;
  /** Modifiers that the router writes into the packets it forwards, 0 to 255. */
  readonly modifier1?: number;
  readonly modifier2?: number;
  readonly cores?: number;
  readonly load?: number;
  /** 0 is taken as 1. */
  readonly weight?: number;
  /** This and the following up to `clear`: only uWSGI 2.1 and later. */
  readonly backup?: number;
  /** `wrr`, `lrc`, `wlrc` or `iphash`: how a pool that begins with this node balances. */
  readonly algo?: string;
  /** A node that begins with `h` is spoken to in HTTP. */
  readonly proto?: string;
  readonly vassal?: string;
  readonly inactive?: string;
  readonly clear?: string;
  /** Paths of files on the router's machine, which it opens. */
  readonly sni_key?: string;
  readonly sni_crt?: string;
  readonly sni_ca?: string;
  /** Path of a unix datagram socket for the router's answer, which is plain text. At most 101 bytes. */
  readonly notify?: string;
  /** Unix time in seconds. Needed for a signature: receivers refuse times that are too old. */
  readonly unix?: number;
}

/** A subscription as it was received. */
export interface UwsgiReceivedSubscription extends UwsgiSubscription {
  /** False: the node wants to be taken out. The signature does not cover this. */
  readonly subscribe: boolean;
  /** Whether the header's datasize is the size of the datagram; uWSGI does not look. */
  readonly agrees: boolean;
  /** The signature, a view, and the bytes that it is a signature of; both empty when there is none. */
  readonly sign: Uint8Array;
  readonly signed: Uint8Array;
}

const NAME: Field = ['string', 255, 'required'];
const BYTE: Field = ['number', 255];

/** In the order in which uWSGI sends them. The signature is over what comes before it, so it must be last. */
const FIELDS: Fields = {
  key: NAME,
  address: NAME,
  modifier1: BYTE,
  modifier2: BYTE,
  cores: NUMBER,
  load: NUMBER,
  weight: NUMBER,
  backup: NUMBER,
  algo: TEXT,
  proto: TEXT,
  vassal: TEXT,
  inactive: TEXT,
  clear: TEXT,
  sni_key: TEXT,
  sni_crt: TEXT,
  sni_ca: TEXT,
  notify: ['string', 101],
  unix: NUMBER,
  sign: ['string', MAX_DATAGRAM_BYTES, 'last'],
};

/**
 * Encodes a subscription, or with `subscribe` false its withdrawal: one datagram. Send a subscription again every ten
 * seconds or so: a router drops a node that is silent for 17.
 *
 * @throws TypeError when `key` or `address` is missing or a value is of the wrong sort.
 * @throws RangeError when a text is empty, too long or not Latin-1, a number is out of range, or the datagram passes
 *   the 4,096 bytes that uWSGI receives.
 *
 * @example
 * ```ts
 * import { encodeSubscription } from '@gatewire/uwsgi/kinds';
 *
 * const datagram = encodeSubscription({ key: 'a.io', address: '127.0.0.1:3031', modifier1: 0 });
 * console.log(datagram.length); // 54
 * ```
 */
export function encodeSubscription(subscription: UwsgiSubscription, subscribe: boolean = true): Uint8Array {
  return datagramOf(encodeFields(FIELDS, { ...subscription, sign: undefined }), subscribe);
}

/**
 * Adds a signature to a subscription that has `unix`. `sign` gets the bytes to sign, a view of the datagram; uWSGI
 * wants what OpenSSL makes of them with an RSA key (PKCS #1 v1.5) and the digest that both sides have configured. The
 * header is not among them, so `subscribe` is not covered.
 *
 * Rejects with what `sign` throws, and with
 * - `TypeError` when `unix` is not the last field;
 * - `RangeError` when the datagram passes the 4,096 bytes that uWSGI receives.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync, sign } from 'node:crypto';
 * import { encodeSubscription, signSubscription } from '@gatewire/uwsgi/kinds';
 *
 * const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
 * const datagram = encodeSubscription({ key: 'a.io', address: '127.0.0.1:3031', unix: 1_795_000_000 });
 * const signed = await signSubscription(datagram, (bytes) => sign('sha256', bytes, privateKey));
 * console.log(signed.length - datagram.length); // 264
 * ```
 */
export async function signSubscription(
  datagram: Uint8Array,
  sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array> {
  const bytes = datagram.subarray(UWSGI_HEADER_BYTES);
  const pairs = decodeVars(bytes, 0, bytes.length);
  if (pairs.at(-2) !== 'unix') throw new TypeError('a signed subscription ends with unix, the time');
  return datagramOf([...pairs, 'sign', textOf(await sign(bytes))], datagram[3] === 0);
}

function datagramOf(pairs: readonly string[], subscribe: boolean): Uint8Array {
  const datagram = encodePacket(SUBSCRIPTION, subscribe ? 0 : 1, pairs);
  if (datagram.length <= MAX_DATAGRAM_BYTES) return datagram;
  throw new RangeError(`a datagram of ${datagram.length} bytes, uWSGI receives ${MAX_DATAGRAM_BYTES}`);
}

/**
 * Decodes a subscription or its withdrawal: any modifier2 but 0, as uWSGI reads it. Names that are not known are
 * passed over, an empty value is no value. Offsets of errors count from the start of the datagram.
 *
 * A signature is not verified: that is `verify('sha1', it.signed, publicKey, it.sign)` of `node:crypto`, and a
 * comparison of `unix` with the clock and with the last one seen.
 *
 * @throws UwsgiProtocolError `UWSGI_UNSUPPORTED_MODIFIER`, `UWSGI_BAD_FIELD` when a field is missing, too long, no
 *   number, given with two values, or `sign` is not the last or without `unix`; and what `decodeDatagram` and
 *   `decodeVars` throw.
 *
 * @example
 * ```ts
 * import { decodeSubscription, encodeSubscription } from '@gatewire/uwsgi/kinds';
 *
 * const it = decodeSubscription(encodeSubscription({ key: 'a.io', address: '127.0.0.1:3031' }, false));
 * console.log(it.key, it.subscribe); // a.io false
 * ```
 */
export function decodeSubscription(bytes: Uint8Array): UwsgiReceivedSubscription {
  const datagram = decodeDatagram(bytes);
  expectKind(datagram, SUBSCRIPTION);
  const { payload, modifier2, agrees } = datagram;
  const pairs = decodeVars(bytes, UWSGI_HEADER_BYTES, bytes.length);
  const { sign = '', ...fields } = decodeFields(FIELDS, pairs, UWSGI_HEADER_BYTES);
  if (sign !== '' && fields['unix'] === undefined) throw badField('a signature without unix', bytes.length);
  const end = payload.length - String(sign).length;
  return {
    ...(fields as unknown as UwsgiSubscription),
    subscribe: modifier2 === 0,
    agrees,
    sign: payload.subarray(end),
    signed: payload.subarray(0, sign === '' ? 0 : end - SIGN_FIELD_BYTES),
  };
}
