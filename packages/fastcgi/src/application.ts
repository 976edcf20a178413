import {
  ABORT_REQUEST,
  AUTHORIZER,
  BEGIN_REQUEST,
  CANT_MPX_CONN,
  DATA,
  FCGI_KEEP_CONN,
  FILTER,
  GET_VALUES,
  OVERLOADED,
  PARAMS,
  REQUEST_COMPLETE,
  STDERR,
  STDIN,
  STDOUT,
  UNKNOWN_ROLE,
  UNKNOWN_TYPE,
} from './constants.js';
import { lengthIn } from './content-length.js';
import type { FcgiRequestEvent } from './events.js';
import { applicationRules, encodeUnknownType, encodeValues } from './management.js';
import type { ApplicationRules } from './management.js';
import { OpenRequest } from './open-request.js';
import { OpenRequests } from './open-requests.js';
import type { FcgiApplicationOptions } from './options.js';
import { encodeEndRequest, encodeStream, readUint16 } from './record.js';
import { RecordReader } from './record-reader.js';
import type { Found, Handling } from './record-reader.js';
import {
  ABORTED,
  APPLICATION_STATE_NAMES,
  APPLICATION_STATES,
  IN_BODY,
  IN_DATA,
  IN_PARAMS,
  inputOf,
} from './states.js';

/**
 * The application's side of a connection: requests by id, several at once if need be, and the encoding of their
 * answers. Management records and refusals are answered here: send what `takeReplies` returns.
 *
 * A request exists only when its parameters have ended and were well-formed to the last byte. A body that is shorter
 * than CONTENT_LENGTH ends in `abort`, one that is longer is an error before any byte too many was handed out.
 *
 * @example
 * ```ts
 * import { encodeBeginRequest, encodeParams, encodeRecord, FcgiApplication, FCGI_TYPE } from '@gatewire/fastcgi';
 *
 * const application = new FcgiApplication();
 * const out: Uint8Array[] = [];
 * for (const chunk of [encodeBeginRequest(1, 1, 0), encodeParams(1, ['A', 'b']), encodeRecord(FCGI_TYPE.STDIN, 1)]) {
 *   application.receive(chunk);
 *   for (let event = application.next(); event !== null; event = application.next()) {
 *     console.log(event.kind); // request, bodyEnd
 *     if (event.kind === 'bodyEnd') {
 *       out.push(...application.stdout(event.requestId, new TextEncoder().encode('Status: 204\r\n\r\n')));
 *       out.push(...application.end(event.requestId));
 *     }
 *   }
 *   out.push(...application.takeReplies());
 * }
 * console.log(application.shouldClose); // true
 * ```
 */
export class FcgiApplication extends RecordReader {
  private readonly rules: ApplicationRules;
  private readonly requests = new OpenRequests();
  /** The request of the record at hand, if it has one. */
  private current: OpenRequest | null = null;
  /** Events that are due before more is read. */
  private readonly due: FcgiRequestEvent[] = [];
  private replies: Uint8Array[] = [];
  private replyBytes = 0;
  private ignored = 0;
  private closing = false;

  /** @throws RangeError when a limit is not a whole number in its range. */
  constructor(options?: FcgiApplicationOptions) {
    super(options);
    this.rules = applicationRules(options, this.options.maxRequests);
  }

  /**
   * Whether the connection is to be closed when all that was encoded is sent: a request without KEEP_CONN has ended and no
   * other is open, the input has ended and no request is open, or the peer broke the protocol.
   */
  get shouldClose(): boolean {
    return this.failure !== null || ((this.closing || this.finished) && this.requests.size === 0);
  }

  /** How many requests have begun and are not over, those included of which `next` has told nothing yet. */
  get openRequests(): number {
    return this.requests.size;
  }

  /**
   * The next event, or `null` when more bytes are needed.
   *
   * @throws FcgiProtocolError when the peer breaks the protocol or passes a limit. Requests that are open can still be
   *   answered and ended.
   */
  next(): FcgiRequestEvent | null {
    this.check();
    try {
      for (;;) {
        if (this.due.length > 0) {
          const due = this.due.shift();
          if (due && this.requests.get(due.requestId)) return due;
          continue;
        }
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
   * Ends the input. Then call `next` until it returns `null`: requests whose input has not ended are aborted. The others
   * may still be answered, for the peer may have closed its half only.
   *
   * @throws FcgiProtocolError `FCGI_TRUNCATED` when the input ends inside a record: abort what is open.
   */
  override finish(): void {
    super.finish();
    for (const request of this.requests.all()) {
      if (request?.state === IN_PARAMS) this.requests.delete(request.id);
      else if (request?.state === IN_DATA || (request?.state === IN_BODY && request.role !== AUTHORIZER)) {
        request.state = ABORTED;
        this.due.push({ kind: 'abort', requestId: request.id });
      }
    }
  }

  /** Records that are owed to the peer: send them, in this order, before anything encoded later. */
  takeReplies(): Uint8Array[] {
    const { replies } = this;
    this.replies = [];
    this.replyBytes = 0;
    return replies;
  }

  /**
   * Records of a piece of the response, a head as CGI writes it and the body. The data is not copied: send it before you
   * change it. No records for no data.
   *
   * @throws TypeError when the request is not open, or `data` is not a `Uint8Array`.
   */
  stdout(requestId: number, data: Uint8Array): Uint8Array[] {
    const request = this.openRequest(requestId);
    request.wroteStdout ||= data.length > 0;
    return encodeStream(STDOUT, requestId, data);
  }

  /**
   * The same for text that the web server logs.
   *
   * @throws TypeError when the request is not open, or `data` is not a `Uint8Array`.
   */
  stderr(requestId: number, data: Uint8Array): Uint8Array[] {
    const request = this.openRequest(requestId);
    request.wroteStderr ||= data.length > 0;
    return encodeStream(STDERR, requestId, data);
  }

  /**
   * Ends a request, at any time after its `request` event: ends its streams and frees its id. `appStatus` is what a CGI
   * program would have given to exit, unsigned. With a `protocolStatus` other than 0 the request is refused, and unless
   * something was written there is no response at all.
   *
   * @throws TypeError when the request is not open.
   * @throws RangeError when a status does not fit its field.
   */
  end(requestId: number, appStatus: number = 0, protocolStatus: number = REQUEST_COMPLETE): Uint8Array[] {
    const request = this.openRequest(requestId);
    const out = request.encodeEnd(appStatus, protocolStatus);
    this.forget(request);
    return [out];
  }

  protected override admit(): Handling {
    const { type, requestId } = this;
    this.current = null;
    if (type === GET_VALUES) return 'whole';
    if (type === BEGIN_REQUEST) {
      if (!this.requests.get(requestId)) return 'whole';
      throw this.fault('FCGI_ACTIVE_ID', `id ${requestId}`, 2);
    }
    if (type !== ABORT_REQUEST && type !== PARAMS && type !== STDIN && type !== DATA) return this.stranger();
    const request = this.requests.get(requestId);
    if (!request || request.state === ABORTED) return this.ignore();
    const next = APPLICATION_STATES[request.role][request.state][inputOf(type, this.contentLength)];
    if (next === undefined) throw this.unexpected(APPLICATION_STATE_NAMES[request.state]);
    this.ignored = 0;
    if (next === ABORTED && request.state === IN_PARAMS) {
      // Nobody was told of it: it ends here.
      this.reply(encodeEndRequest(requestId));
      this.forget(request);
      return 'skip';
    }
    this.current = request;
    request.state = next;
    return this.take(request);
  }

  /** What is neither about a request nor a question. */
  private stranger(): Handling {
    if (this.type > 0 && this.type <= UNKNOWN_TYPE) {
      throw this.fault('FCGI_WRONG_DIRECTION', `type ${this.type}`, 1);
    }
    // §4.2: for management records an answer is due; for the others the specification has none.
    if (this.requestId !== 0) return this.ignore();
    this.reply(encodeUnknownType(this.type));
    return 'skip';
  }

  /** §3.3: records of a request that is not open are ignored; a flood of empty ones is not. */
  private ignore(): Handling {
    if (this.contentLength === 0) this.atMost('FCGI_LIMIT_IGNORED', ++this.ignored, this.rules.maxIgnored, 0);
    return 'skip';
  }

  /** Content for a request that may have it. */
  private take(request: OpenRequest): Handling {
    const { type, contentLength } = this;
    if (type === PARAMS) {
      this.target = request;
      return 'gather';
    }
    this.atMost('FCGI_BODY_OVERRUN', contentLength, request.left, 4);
    request.left -= contentLength;
    return 'stream';
  }

  private event(found: Found): FcgiRequestEvent | null {
    const { type, requestId, current } = this;
    if (type === GET_VALUES) this.answer();
    else if (type === BEGIN_REQUEST) this.begin();
    if (current === null) return null;
    if (type === ABORT_REQUEST) return { kind: 'abort', requestId };
    if (type === PARAMS) return this.request(current);
    const isBody = type === STDIN;
    if (found === 'fragment') return { kind: isBody ? 'body' : 'data', requestId, data: this.fragment };
    // Less than announced: the client has gone. An absent length is infinite and says nothing.
    if (current.left > 0 && current.left < Infinity) {
      current.state = ABORTED;
      return { kind: 'abort', requestId };
    }
    current.left = current.dataBytes;
    if (current.role === AUTHORIZER) return null; // its bodyEnd came with the request
    return { kind: isBody ? 'bodyEnd' : 'dataEnd', requestId };
  }

  private begin(): void {
    const { requestId, rules, requests } = this;
    const role = readUint16(this.bytes, this.bytesAt);
    const keepConn = (this.bytes[this.bytesAt + 2] & FCGI_KEEP_CONN) !== 0;
    this.ignored = 0;
    let refusal = REQUEST_COMPLETE as number;
    if (!rules.roles.includes(role)) refusal = UNKNOWN_ROLE;
    else if (!rules.mpxsConns && requests.size > 0) refusal = CANT_MPX_CONN;
    else if (requests.size >= this.options.maxRequests) refusal = OVERLOADED;
    if (refusal === REQUEST_COMPLETE) {
      requests.add(new OpenRequest(requestId, role as 1 | 2 | 3, keepConn));
      return;
    }
    this.closing ||= !keepConn;
    this.reply(encodeEndRequest(requestId, 0, refusal));
  }

  private request(request: OpenRequest): FcgiRequestEvent {
    const { id, role, keepConn } = request;
    const pairs = this.pairsOf(request);
    // An authorizer gets no body, whatever CONTENT_LENGTH says: §6.3.
    const contentLength = role === AUTHORIZER ? 0 : this.announced(pairs, 'CONTENT_LENGTH');
    request.left = contentLength ?? Infinity;
    if (role === AUTHORIZER) this.due.push({ kind: 'bodyEnd', requestId: id });
    else if (role === FILTER) request.dataBytes = this.announced(pairs, 'FCGI_DATA_LENGTH') ?? Infinity;
    return { kind: 'request', requestId: id, role, keepConn, pairs, contentLength };
  }

  private announced(pairs: readonly string[], name: string): number | null {
    const length = lengthIn(pairs, name);
    if (Number(length) >= 0) return length; // of null too, which is 0
    throw this.fault('FCGI_BAD_CONTENT_LENGTH', `${name} is not 1 to 15 digits`, 0);
  }

  private answer(): void {
    this.ignored = 0;
    this.reply(encodeValues(this.rules.values, this.pairsWhole()));
  }

  private reply(record: Uint8Array): void {
    this.replyBytes += record.length;
    this.atMost('FCGI_LIMIT_REPLIES', this.replyBytes, this.rules.maxReplyBytes, 0);
    this.replies.push(record);
  }

  private openRequest(requestId: number): OpenRequest {
    const request = this.requests.get(requestId);
    if (request) return request;
    throw new TypeError(`request ${requestId} is not open`);
  }

  private forget(request: OpenRequest): void {
    this.requests.delete(request.id);
    this.closing ||= !request.keepConn;
    if (this.current === request) {
      this.current = null;
      this.dropContent();
    }
  }
}
