/** Options of {@link ResponseHeadDecoder}. The defaults are strict. */
export interface ResponseHeadDecoderOptions {
  /**
   * `cgi`: header fields alone, with the status in a `Status` field; what FastCGI and CGI programs write. `http`: a
   * status line first, as uwsgi applications write. Default `both`: whichever comes. Say `cgi` for FastCGI, which has no
   * place for a status line (RFC 3875 §5): servers ignore it, honour it, or answer 500.
   */
  readonly forms?: 'both' | 'cgi' | 'http';
  /** Method of the request. After `HEAD` there is no body: what comes nevertheless is counted, not handed out. */
  readonly method?: string;
  /**
   * Default `reject`: a status of 100 to 199 is an error, because a server that takes it for the final one turns the
   * real head into body text. `accept` hands it out as `interim`, as lighttpd and Caddy do.
   */
  readonly interim?: 'accept' | 'reject';
  /** Default `reject`: 101 is an error. `accept` when the request asked for an upgrade: all that follows is `body`. */
  readonly upgrade?: 'accept' | 'reject';
  /**
   * Default `reject`: framing belongs to the server. `keep` leaves the field in `headers` and the body as it came, for
   * you to decode: gunicorn chunks what it streams over uwsgi. Beside a Content-Length it is an error always.
   */
  readonly transferEncoding?: 'keep' | 'reject';
  /** Default `drop`: Connection, Keep-Alive, Proxy-Connection, TE, Trailer and Upgrade are left out of `headers`, except beside a 101. */
  readonly hopByHop?: 'drop' | 'keep';
  /** Most bytes before the body, blank line and interim heads included. Default 65,536. */
  readonly maxHeadBytes?: number;
  /** Most bytes in a line, its end not counted. Default 8,192, as Apache has it. */
  readonly maxLineBytes?: number;
  /** Most header fields in a head. Default 256; h2o and HAProxy stop at about 100. */
  readonly maxFields?: number;
}

/** {@link ResponseHeadDecoderOptions} with its limits filled in and checked. A choice that is unknown is the strict one. */
export type HeadRules = ResponseHeadDecoderOptions &
  Required<Pick<ResponseHeadDecoderOptions, 'maxHeadBytes' | 'maxLineBytes' | 'maxFields'>>;

/** @throws RangeError when a limit is neither a whole number above 0 nor infinite. */
export function resolveRules(options: ResponseHeadDecoderOptions = {}): HeadRules {
  const { maxHeadBytes = 65_536, maxLineBytes = 8192, maxFields = 256 } = options;
  for (const limit of [maxHeadBytes, maxLineBytes, maxFields]) {
    if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 1))
      throw new RangeError(`a limit is ${limit}, expected a whole number above 0`);
  }
  return { ...options, maxHeadBytes, maxLineBytes, maxFields };
}
