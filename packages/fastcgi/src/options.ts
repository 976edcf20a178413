/** Limits and leniencies of everything that decodes. The defaults are strict. */
export interface FcgiDecodeOptions {
  /** Most bytes of parameters per request, over all of its PARAMS records. Default 1 MiB. Checked before storing. */
  readonly maxParamsBytes?: number;
  /** Most name-value pairs per request, and in a management record. Default 4,096. */
  readonly maxPairs?: number;
  /** Most requests that are open at once on a connection. Default 256, of `FcgiWebServer` 1. */
  readonly maxRequests?: number;
  /** Most content of a GET_VALUES or GET_VALUES_RESULT record, in bytes. Default 4,096. */
  readonly maxValuesBytes?: number;
  /** Default `reject`. php-fpm, Go and libfcgi take a pair with an empty name: `accept` reproduces them. */
  readonly emptyNames?: 'reject' | 'accept';
  /**
   * Default `reject`: a name or value with a NUL is an error, as FastCGI 1.0 §6.1 has it. Go and uWSGI keep the NUL, and
   * `accept` does too; php-fpm and libfcgi cut the text there, so two readers of one request may differ.
   */
  readonly nul?: 'reject' | 'accept';
}

/** Options of {@link FcgiApplication}. */
export interface FcgiApplicationOptions extends FcgiDecodeOptions {
  /** The roles served: 1 responder, 2 authorizer, 3 filter. Default all. Others are answered with UNKNOWN_ROLE. */
  readonly roles?: readonly (1 | 2 | 3)[];
  /**
   * Whether a connection may carry several requests at once; told to web servers that ask. Default true. With false a
   * second one is answered with CANT_MPX_CONN.
   */
  readonly mpxsConns?: boolean;
  /** How many connections are accepted, told to web servers that ask. Default: not told. */
  readonly maxConns?: number;
  /** How many requests are accepted at once over all connections, told to web servers that ask. Default `maxRequests`. */
  readonly maxReqs?: number;
  /** Most bytes of replies that wait for `takeReplies`. Default 65,536; a refusal takes 16. */
  readonly maxReplyBytes?: number;
  /** Most empty records in a row that are ignored because their request is over. Default 1,024. */
  readonly maxIgnored?: number;
}

/** {@link FcgiDecodeOptions} with every default filled in and checked. */
export type ResolvedOptions = Required<FcgiDecodeOptions>;

/** Above it a count of bytes or pairs means nothing: what the longest length of a name or value can say. */
export const MAX_SIZE = 0x7fffffff;

/** @throws RangeError when a limit is not a whole number in its range. */
export function resolveOptions(options?: FcgiDecodeOptions): ResolvedOptions {
  // Checking what nobody set cost 40 ns of the 600 in which a block of pairs is decoded.
  return options === undefined ? DEFAULTS : resolved(options);
}

/** Most requests that are open at once on a connection unless an option says otherwise. */
export const DEFAULT_MAX_REQUESTS = 256;

const DEFAULTS: ResolvedOptions = /* @__PURE__ */ resolved({});

function resolved(options: FcgiDecodeOptions): ResolvedOptions {
  // One literal, so that all of these objects have one shape: the loops that read them were a third slower with two.
  return {
    maxParamsBytes: limit(options, 'maxParamsBytes', 0x100000),
    maxPairs: limit(options, 'maxPairs', 4096),
    maxRequests: limit(options, 'maxRequests', DEFAULT_MAX_REQUESTS),
    maxValuesBytes: limit(options, 'maxValuesBytes', 4096),
    emptyNames: options.emptyNames ?? 'reject',
    nul: options.nul ?? 'reject',
  };
}

/**
 * The option `name`, or `otherwise` when it is not given.
 *
 * @throws RangeError unless it is a whole number from 0 to 2,147,483,647.
 */
export function limit<Name extends string>(
  options: { readonly [Key in Name]?: number },
  name: Name,
  otherwise: number,
): number {
  return inRange(name, options[name] ?? otherwise, MAX_SIZE);
}

/** @throws RangeError unless `value` is a whole number from 0 to `most`. */
export function inRange(name: string, value: number, most: number): number {
  if (value >>> 0 === value && value <= most) return value; // the shift keeps whole numbers of 32 bits, no others
  throw new RangeError(`${name} is ${value}, expected 0 to ${most}`);
}
