import {
  ABORT_REQUEST,
  DATA,
  END_REQUEST,
  FCGI_MAX_LENGTH,
  FILTER,
  GET_VALUES,
  GET_VALUES_RESULT,
  RESPONDER,
  STDERR,
  STDIN,
  STDOUT,
  UNKNOWN_TYPE,
} from './constants.js';
import { lengthIn } from './content-length.js';
import type { FcgiResponseEvent } from './events.js';
import type { FcgiDecodeOptions } from './options.js';
import { encodePairs } from './pairs.js';
import { encodeParams } from './params.js';
import type { EncodeParamsOptions } from './params.js';
import { decodeEndRequest, encodeBeginRequest, encodeRecord, encodeStream } from './record.js';
import { RecordReader } from './record-reader.js';
import type { Found, Handling } from './record-reader.js';
import { ABORTING, inputOf, OPEN, RETIRED, WEB_SERVER_STATE_NAMES, WEB_SERVER_STATES } from './states.js';

/** Options of {@link FcgiWebServer}. */
export interface FcgiWebServerOptions extends FcgiDecodeOptions, EncodeParamsOptions {
  /**
   * Most requests open at once on the connection. Default 1: few applications take more. Ask with `getValues`, or know.
   */
  readonly maxRequests?: number;
  /**
   * Default `reject`: a body needs a CONTENT_LENGTH, without which php-fpm and uWSGI see no body at all. Go and libfcgi
   * take what comes: `accept` is for them.
   */
  readonly bodyWithoutLength?: 'reject' | 'accept';
}

/** A request from `begin` to the END_REQUEST that the application sends. */
interface Open {
  readonly role: number;
  /** Its BEGIN_REQUEST, which goes out with the parameters. */
  readonly record: Uint8Array;
  /** One of the states of `WEB_SERVER_STATES`. */
  state: number;
  /** What may be sent next. */
  sends: 'params' | 'stdin' | 'data' | 'nothing';
  /** Bytes of STDIN, and of DATA, still to be sent; NaN when their number was not announced. */
  bodyLeft: number;
  dataLeft: number;
}

/**
 * The web server's side of a connection: requests out, responses in.
 *
 * Read while you write: an application may answer before it has read the body. When the last request without KEEP_CONN has
 * ended, the application closes.
 *
 * @example
 * ```ts
 * import { FcgiWebServer } from '@gatewire/fastcgi';
 *
 * const server = new FcgiWebServer();
 * const id = server.begin();
 * const out = [...server.params(id, ['REQUEST_METHOD', 'GET', 'SCRIPT_NAME', '/']), ...server.stdinEnd(id)];
 * console.log(id, out.length); // 1 3
 * server.receive(Uint8Array.of(1, 6, 0, 1, 0, 2, 0, 0, 104, 105, 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
 * for (let event = server.next(); event !== null; event = server.next()) {
 *   console.log(event.kind); // stdout, end
 * }
 * server.finish();
 * ```
 */
export class FcgiWebServer extends RecordReader {
  private readonly maxRequests: number;
  private readonly sendOptions: FcgiWebServerOptions;
  private readonly requests = new Map<number, Open>();
  /** Ids that have been used and are free again: the last one is taken first, so that ids stay small. */
  private readonly free: number[] = [];
  private lastId = 0;
  /** How many of `requests` are over, with an id that is not used again. */
  private retired = 0;
  /** The request of the record at hand, if it has one. */
  private current: Open | null = null;

  /** @throws RangeError when a limit is not a whole number in its range. */
  constructor(options: FcgiWebServerOptions = {}) {
    super(options);
    this.maxRequests = options.maxRequests === undefined ? 1 : this.options.maxRequests;
    this.sendOptions = options;
  }

  /** How many requests are open: begun, not given up, and not ended by the application. */
  get openRequests(): number {
    return this.requests.size - this.retired;
  }

  /**
   * The next event, or `null` when more bytes are needed.
   *
   * @throws FcgiProtocolError when the application breaks the protocol or passes a limit: what it has answered so far is
   *   not complete, and the connection cannot be used again.
   */
  next(): FcgiResponseEvent | null {
    this.check();
    try {
      for (;;) {
        const found = this.read();
        if (found === 'dry') return null;
        const event = this.event(found);
        if (event !== null) return event;
      }
    } catch (error) {
      throw this.fail(error);
    }
  }

  /**
   * Ends the input.
   *
   * @throws FcgiProtocolError `FCGI_TRUNCATED` when the input ends inside a record, `FCGI_MISSING_END` when it ends while a
   *   request is open. Where its `stdoutEnd` has come that may be good enough for you.
   */
  override finish(): void {
    super.finish();
    for (const [requestId, { state, sends }] of this.requests) {
      if (state === RETIRED || sends === 'params') continue;
      this.requestId = requestId;
      this.recordAt = this.offset;
      throw this.fail(this.fault('FCGI_MISSING_END', 'the input ends before the request', 0));
    }
  }

  /**
   * Opens a request and returns its id, 1 to 65,535. Its BEGIN_REQUEST goes out with its parameters.
   *
   * @throws RangeError when `maxRequests` are open, all ids are used up (open a new connection), or an argument does not
   *   fit its field.
   */
  begin(role: number = RESPONDER, flags: number = 0): number {
    if (this.openRequests >= this.maxRequests) throw new RangeError(`${this.maxRequests} requests are open`);
    const requestId = this.free.pop() ?? this.lastId + 1;
    if (requestId > FCGI_MAX_LENGTH) throw new RangeError('all request ids are used up');
    const record = encodeBeginRequest(requestId, role, flags);
    this.lastId = Math.max(this.lastId, requestId);
    this.requests.set(requestId, {
      role,
      record,
      state: OPEN,
      sends: 'params',
      bodyLeft: NaN,
      dataLeft: NaN,
    });
    return requestId;
  }

  /**
   * BEGIN_REQUEST and all parameters of a request. A CONTENT_LENGTH among them is what `stdin` then has to bring.
   *
   * @throws TypeError when `pairs` has an odd length, or parameters were sent already.
   * @throws RangeError as `encodeParams`, and when CONTENT_LENGTH, or FCGI_DATA_LENGTH of a filter, is not 1 to 15 digits,
   *   once.
   */
  params(requestId: number, pairs: readonly string[]): Uint8Array[] {
    const request = this.sending(requestId, 'params');
    if (request === null) return [];
    const list = [...pairs];
    const records = encodeParams(requestId, list, this.sendOptions);
    request.bodyLeft = this.announced(list, 'CONTENT_LENGTH');
    if (request.role === FILTER) request.dataLeft = this.announced(list, 'FCGI_DATA_LENGTH');
    request.sends = 'stdin';
    return [request.record, records];
  }

  /**
   * Records of a piece of the body; the data is not copied. Once the application has ended the request there are none: it
   * need not read all of it.
   *
   * @throws TypeError when it is not the time for it, or `data` is not a `Uint8Array`.
   * @throws RangeError when the body passes CONTENT_LENGTH, or there is none.
   */
  stdin(requestId: number, data: Uint8Array): Uint8Array[] {
    const request = this.sending(requestId, 'stdin');
    if (request === null) return [];
    const records = encodeStream(STDIN, requestId, data);
    request.bodyLeft = this.reduced(request.bodyLeft, data.length, 'CONTENT_LENGTH');
    return records;
  }

  /**
   * Ends the body, of a request without one too.
   *
   * @throws TypeError when it is not the time for it.
   * @throws RangeError when the body is shorter than CONTENT_LENGTH: call `abort` instead.
   */
  stdinEnd(requestId: number): Uint8Array[] {
    const request = this.sending(requestId, 'stdin');
    if (request === null) return [];
    if (request.bodyLeft > 0) throw new RangeError(`${request.bodyLeft} bytes of the body are missing`);
    request.sends = request.role === FILTER ? 'data' : 'nothing';
    return [encodeRecord(STDIN, requestId)];
  }

  /** For a filter, after the body: as `stdin`, a piece of the file. */
  data(requestId: number, data: Uint8Array): Uint8Array[] {
    const request = this.sending(requestId, 'data');
    if (request === null) return [];
    const records = encodeStream(DATA, requestId, data);
    request.dataLeft = this.reduced(request.dataLeft, data.length, 'FCGI_DATA_LENGTH');
    return records;
  }

  /** For a filter: as `stdinEnd`, the end of the file. */
  dataEnd(requestId: number): Uint8Array[] {
    const request = this.sending(requestId, 'data');
    if (request === null) return [];
    if (request.dataLeft > 0) throw new RangeError(`${request.dataLeft} bytes of the file are missing`);
    request.sends = 'nothing';
    return [encodeRecord(DATA, requestId)];
  }

  /**
   * Gives a request up. What the application still answers is dropped, but for its `end`; the id is not used again on this
   * connection, because some applications answer twice.
   *
   * @throws TypeError when the request was never begun.
   */
  abort(requestId: number): Uint8Array[] {
    const request = this.sending(requestId, null);
    if (request === null) return [];
    if (request.sends === 'params') {
      this.release(requestId);
      return [];
    }
    if (this.current === request) {
      // Its END_REQUEST is half here: that is its end, and no part of a record may be dropped.
      if (this.type === END_REQUEST) return [];
      this.dropContent();
    }
    request.state = ABORTING;
    return [encodeRecord(ABORT_REQUEST, requestId)];
  }

  /**
   * Asks the application for values, by default all that the specification has. Do not wait for the answer without a time
   * limit: most applications give none.
   *
   * @throws RangeError when a name is empty or has a NUL or a character above U+00FF, or the names pass 65,535 bytes.
   */
  getValues(names: readonly string[] = ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS']): Uint8Array[] {
    return [encodeRecord(GET_VALUES, 0, encodePairs(names.flatMap((name) => [name, ''])))];
  }

  protected override admit(): Handling {
    const { type, requestId } = this;
    this.current = null;
    if (type === GET_VALUES_RESULT || type === UNKNOWN_TYPE) return 'whole';
    if (type !== END_REQUEST && type !== STDOUT && type !== STDERR) {
      if (type === 0 || type > UNKNOWN_TYPE) return 'skip'; // the specification is silent
      throw this.fault('FCGI_WRONG_DIRECTION', `type ${type} comes from web servers`, 1);
    }
    const request = this.requests.get(requestId);
    if (request === undefined || request.sends === 'params') {
      throw this.fault('FCGI_INACTIVE_ID', 'it is not open', 2);
    }
    const next = WEB_SERVER_STATES[request.state][inputOf(type, this.contentLength)];
    if (next === undefined) {
      if (request.state === ABORTING || request.state === RETIRED) return 'skip';
      throw this.unexpected(WEB_SERVER_STATE_NAMES[request.state]);
    }
    request.state = next;
    this.current = request;
    return type === END_REQUEST ? 'whole' : 'stream';
  }

  private event(found: Found): FcgiResponseEvent | null {
    const { type, requestId, bytes, bytesAt } = this;
    switch (type) {
      case END_REQUEST:
        if (this.current?.state === RETIRED) this.retired++;
        else this.release(requestId);
        return { kind: 'end', requestId, ...decodeEndRequest(bytes, bytesAt) };
      case GET_VALUES_RESULT:
        return { kind: 'values', pairs: this.pairsWhole() };
      case UNKNOWN_TYPE:
        return { kind: 'unknownType', type: bytes[bytesAt] };
      case STDOUT:
        if (found === 'end') return { kind: 'stdoutEnd', requestId };
        return { kind: 'stdout', requestId, data: this.fragment };
      default:
        return found === 'end' ? null : { kind: 'stderr', requestId, data: this.fragment };
    }
  }

  private release(requestId: number): void {
    this.requests.delete(requestId);
    this.free.push(requestId);
  }

  /** The request when `what` may be sent for it; `null` when the application has ended it. */
  private sending(requestId: number, what: Open['sends'] | null): Open | null {
    if (!(requestId > 0 && requestId <= this.lastId))
      throw new TypeError(`request ${requestId} was not begun`);
    const request = this.requests.get(requestId);
    if (request === undefined || request.state === RETIRED || request.state === ABORTING) return null;
    if (what !== null && request.sends !== what)
      throw new TypeError(`${what} at the time for ${request.sends}`);
    return request;
  }

  private announced(pairs: readonly string[], name: string): number {
    const length = lengthIn(pairs, name);
    if (length === null) return NaN;
    if (length >= 0) return length;
    throw new RangeError(`${name} is not 1 to 15 digits, once`);
  }

  private reduced(left: number, bytes: number, name: string): number {
    if (bytes > left || (bytes > 0 && Number.isNaN(left) && this.sendOptions.bodyWithoutLength !== 'accept'))
      throw new RangeError(`${bytes} bytes, ${name} leaves ${left}`);
    return left - bytes;
  }
}
