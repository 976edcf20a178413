import { UWSGI_MAX_DATASIZE } from './constants.js';

/** Limits and leniencies of every decoding function. The defaults are strict. */
export interface UwsgiDecodeOptions {
  /** Largest datasize accepted, in bytes: 0 to 65,535, the default. Checked before anything is stored. */
  readonly maxPacketBytes?: number;
  /** Most vars in one packet. Default 1,024; uWSGI itself stops at 128, gunicorn at 1,000. */
  readonly maxVars?: number;
  /** Default `reject`, as uWSGI does. gunicorn accepts a var with an empty name: `accept` reproduces it. */
  readonly emptyKeys?: 'reject' | 'accept';
  /**
   * Default `keep`: a name may come several times, and all of its values are there in wire order; uWSGI and gunicorn
   * take the last. `reject` makes the second one an error, for where two readers must not differ.
   */
  readonly duplicates?: 'keep' | 'reject';
  /**
   * Default `reject`: four bytes that begin an HTTP request, a TLS handshake and so on are answered with
   * `UWSGI_NOT_UWSGI`. `accept` takes them as a header, for the private use of a modifier1 such as 71.
   */
  readonly foreign?: 'reject' | 'accept';
}

/** {@link UwsgiDecodeOptions} with every default filled in and checked. */
export interface ResolvedOptions {
  readonly maxPacketBytes: number;
  readonly maxVars: number;
  readonly emptyKeys: boolean;
  readonly duplicates: boolean;
  readonly foreign: boolean;
}

/** Most vars in one packet unless an option says otherwise. */
const DEFAULT_MAX_VARS = 1024;

const DEFAULTS: ResolvedOptions = /* @__PURE__ */ resolved({});

/** @throws RangeError when a limit is not a whole number in its range. */
export function resolveOptions(options: UwsgiDecodeOptions | undefined): ResolvedOptions {
  return options === undefined ? DEFAULTS : resolved(options);
}

function resolved(options: UwsgiDecodeOptions): ResolvedOptions {
  const { maxPacketBytes = UWSGI_MAX_DATASIZE, maxVars = DEFAULT_MAX_VARS } = options;
  return {
    maxPacketBytes: inRange('maxPacketBytes', maxPacketBytes, UWSGI_MAX_DATASIZE),
    maxVars: inRange('maxVars', maxVars, UWSGI_MAX_DATASIZE),
    emptyKeys: options.emptyKeys === 'accept',
    duplicates: options.duplicates !== 'reject',
    foreign: options.foreign === 'accept',
  };
}

/** @throws RangeError unless `value` is a whole number from 0 to `most`. */
export function inRange(name: string, value: number, most: number): number {
  if (value >>> 0 === value && value <= most) return value; // the shift keeps whole numbers of 32 bits, no others
  throw new RangeError(`${name} is ${value}, expected 0 to ${most}`);
}
