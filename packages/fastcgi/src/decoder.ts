import {
  ABORT_REQUEST,
  BEGIN_REQUEST,
  DATA,
  END_REQUEST,
  GET_VALUES,
  GET_VALUES_RESULT,
  PARAMS,
  STDERR,
  STDIN,
  STDOUT,
  UNKNOWN_TYPE,
} from './constants.js';
import type { FcgiEvent, FcgiStreamType } from './events.js';
import { decodeBeginRequest, decodeEndRequest } from './record.js';
import { newGather, RecordReader } from './record-reader.js';
import type { Found, Gather, Handling } from './record-reader.js';

/**
 * Cuts a byte stream into what its records say, at any chunking and for either direction. Pull: `receive` stores, `next`
 * returns one event or `null`, `finish` ends the input. Drain it before the next `receive`.
 *
 * It knows no order of records: an event for a request that never began is an event. For that there are
 * `FcgiApplication` and `FcgiWebServer`; this one is for tools that look on.
 *
 * @example
 * ```ts
 * import { encodeBeginRequest, encodeParams, FcgiDecoder } from '@gatewire/fastcgi';
 *
 * const decoder = new FcgiDecoder();
 * for (const chunk of [encodeBeginRequest(1, 1, 0), encodeParams(1, ['PATH_INFO', '/'])]) {
 *   decoder.receive(chunk);
 *   for (let event = decoder.next(); event !== null; event = decoder.next()) {
 *     console.log(event.kind); // begin, params
 *   }
 * }
 * decoder.finish();
 * ```
 */
export class FcgiDecoder extends RecordReader {
  /** Parameters that have not ended, by request. */
  private readonly unfinished = new Map<number, Gather>();

  /**
   * The next event, or `null` when more bytes are needed.
   *
   * @throws FcgiProtocolError when a record is malformed or passes a limit, and the same object from then on.
   */
  next(): FcgiEvent | null {
    this.check();
    try {
      const found = this.read();
      return found === 'dry' ? null : this.event(found);
    } catch (error) {
      throw this.fail(error);
    }
  }

  protected override admit(): Handling {
    const { type, requestId, unfinished } = this;
    switch (type) {
      case PARAMS:
        this.target = unfinished.get(requestId) ?? newGather();
        unfinished.set(requestId, this.target);
        this.atMost('FCGI_LIMIT_REQUESTS', unfinished.size, this.options.maxRequests, 2);
        return 'gather';
      case STDIN:
      case STDOUT:
      case STDERR:
      case DATA:
        return 'stream';
      case BEGIN_REQUEST:
      case ABORT_REQUEST:
      case END_REQUEST:
        unfinished.delete(requestId);
        return 'whole';
      default:
        return type >= GET_VALUES && type <= UNKNOWN_TYPE ? 'whole' : 'note';
    }
  }

  private event(found: Found): FcgiEvent {
    const { type, requestId, bytes, bytesAt } = this;
    switch (type) {
      case BEGIN_REQUEST:
        return { kind: 'begin', requestId, ...decodeBeginRequest(bytes, bytesAt) };
      case ABORT_REQUEST:
        return { kind: 'abort', requestId };
      case END_REQUEST:
        return { kind: 'end', requestId, ...decodeEndRequest(bytes, bytesAt) };
      case PARAMS:
        return { kind: 'params', requestId, pairs: this.paramsEnd() };
      case GET_VALUES:
      case GET_VALUES_RESULT:
        return { kind: 'values', result: type === GET_VALUES_RESULT, pairs: this.pairsWhole() };
      case UNKNOWN_TYPE:
        return { kind: 'unknownType', type: bytes[bytesAt] };
      default: {
        if (found === 'note') return { kind: 'unknown', requestId, type };
        const stream = type as FcgiStreamType;
        if (found === 'end') return { kind: 'dataEnd', requestId, stream };
        return { kind: 'data', requestId, stream, data: this.fragment };
      }
    }
  }

  private paramsEnd(): string[] {
    this.unfinished.delete(this.requestId);
    return this.pairsOf(this.target);
  }
}
