import { bytesOf, grow, plain } from '@gatewire/bytes';
import { FCGI_HEADER_LEN, FCGI_VERSION_1, GET_VALUES, UNKNOWN_TYPE } from './constants.js';
import { FcgiProtocolError } from './errors.js';
import type { FcgiErrorCode } from './errors.js';
import { resolveOptions } from './options.js';
import type { FcgiDecodeOptions, ResolvedOptions } from './options.js';
import { readPairs } from './pairs.js';
import { badVersion, BODY, isIdFor, readUint16 } from './record.js';

export const EMPTY: Uint8Array = new Uint8Array(0);

/** What is done with the content of a record. */
export type Handling =
  /** Counted and forgotten. */
  | 'skip'
  /** The same, but the record is reported. */
  | 'note'
  /** Handed out in fragments as it comes. */
  | 'stream'
  /** Handed out whole. */
  | 'whole'
  /** Gathered over records. */
  | 'gather';

/** What `read` came upon; the fields of the reader have the rest. */
export type Found =
  /** Nothing: more bytes are needed. */
  | 'dry'
  /** A fragment of a stream, in `fragment`. */
  | 'fragment'
  /** An empty record: the end of a stream, if it is of one. */
  | 'end'
  /** A record with its content whole, at `bytes[bytesAt]`. */
  | 'whole'
  /** A record of which only the header counts. */
  | 'note';

/** Parameters of one request as they come, over several records. */
export interface Gather {
  block: Uint8Array;
  used: number;
}

export function newGather(): Gather {
  return { block: EMPTY, used: 0 };
}

/** Length of the content by type, where it is fixed: BEGIN, ABORT, END and UNKNOWN_TYPE. */
const FIXED: Readonly<Record<number, number | undefined>> = { 1: BODY, 2: 0, 3: BODY, 11: BODY };

/**
 * What everything that decodes a connection has in common: bytes in, records out, a final failure. It knows the rules
 * that need no memory of earlier records; `admit` says what to do with a record.
 *
 * What is stored is parameters, up to their limit per request, and the body of at most one management record.
 */
export abstract class RecordReader {
  protected readonly options: ResolvedOptions;
  /** The record at hand. */
  protected type = 0;
  protected requestId = 0;
  protected contentLength = 0;
  /** Bytes before it on the connection. */
  protected recordAt = 0;
  /** What was found: see {@link Found}. */
  protected fragment: Uint8Array = EMPTY;
  protected bytes: Uint8Array = EMPTY;
  protected bytesAt = 0;
  /** Where the content of a record with the handling `gather` goes: set by `admit`. */
  protected target: Gather = newGather();
  /** What ended this decoder. */
  protected failure: Error | null = null;
  protected finished = false;

  /** The caller's chunk, how much of it is used, and how many bytes came before it. */
  private chunk: Uint8Array = EMPTY;
  private at = 0;
  private base = 0;
  /** An unfinished header, or an unfinished content to hand out whole: `held` bytes of it. */
  private partial: Uint8Array = EMPTY;
  private held = 0;
  private handling: Handling = 'skip';
  /** Bytes of content to come, and bytes to skip after them. */
  private contentLeft = 0;
  private skipLeft = 0;
  /** Parameters that lie in the chunk still: read from there, or copied when the chunk is left. */
  private pending: Gather | null = null;
  private pendingAt = 0;
  private pendingEnd = 0;

  /** @throws RangeError when a limit is not a whole number in its range. */
  constructor(options?: FcgiDecodeOptions) {
    this.options = resolveOptions(options);
  }

  /** Bytes of the connection read so far. */
  get offset(): number {
    return this.base + this.at;
  }

  /**
   * Stores a chunk, by reference: leave its bytes alone until it is drained, which `null` tells.
   *
   * @throws TypeError when `chunk` is not a `Uint8Array`, when the last one is not drained, or after `finish`.
   * @throws FcgiProtocolError the one that ended this decoder, if one did.
   */
  receive(chunk: Uint8Array): void {
    this.check();
    if (this.finished || this.at < this.chunk.length) {
      throw new TypeError('receive() before next() gave null, or after finish()');
    }
    bytesOf(chunk);
    this.keepPending();
    this.base += this.at;
    this.at = 0;
    this.chunk = chunk;
  }

  /**
   * Ends the input.
   *
   * @throws FcgiProtocolError `FCGI_TRUNCATED` when the input ends inside a record.
   */
  finish(): void {
    this.check();
    this.finished = true;
    if (this.held + this.contentLeft + this.skipLeft > 0) {
      throw this.fail(new FcgiProtocolError('FCGI_TRUNCATED', 'in a record', this.offset));
    }
  }

  /** What to do with the record whose header was read: may throw, and sets `target` for `gather`. */
  protected abstract admit(): Handling;

  /** Reads on to the next thing that is worth an event. */
  protected read(): Found {
    for (;;) {
      if (this.contentLeft > 0) {
        const found = this.content();
        if (found !== 'dry') return found;
      }
      if (this.contentLeft > 0 || !this.header()) {
        this.keepPending();
        return 'dry';
      }
      const { handling, contentLength } = this;
      if (handling === 'note') return 'note';
      if (contentLength === 0 && handling !== 'skip') return 'end';
    }
  }

  /** Lets the rest of the record at hand pass. */
  protected dropContent(): void {
    this.skipLeft += this.contentLeft;
    this.contentLeft = 0;
  }

  /** The pairs that `gather` has, when their stream has ended. It is empty then. */
  protected pairsOf(gather: Gather): string[] {
    // The block is gone from the connection: its faults are where it ended, and the message tells where in it.
    try {
      if (this.pending === gather && gather.used === 0) {
        this.pending = null;
        return readPairs(this.chunk, this.pendingAt, this.pendingEnd, this.options, -this.pendingAt);
      }
      this.keepPending();
      const { block, used } = gather;
      gather.block = EMPTY;
      return readPairs(block, 0, used, this.options, 0);
    } catch (error) {
      if (!(error instanceof FcgiProtocolError)) throw error;
      throw this.fault(error.code, `${error.message} in PARAMS`, 0);
    }
  }

  /** The pairs that are the content of the record at hand. */
  protected pairsWhole(): string[] {
    const { bytes, bytesAt, contentLength } = this;
    const origin = this.recordAt + FCGI_HEADER_LEN - bytesAt;
    return readPairs(bytes, bytesAt, bytesAt + contentLength, this.options, origin);
  }

  /** A mistake in the record at hand, `at` bytes into it. */
  protected fault(code: FcgiErrorCode, detail: string, at: number): FcgiProtocolError {
    return new FcgiProtocolError(code, detail, this.recordAt + at, this.requestId);
  }

  /** What to throw for the record at hand when it may not come in this state. */
  protected unexpected(state: string | undefined): FcgiProtocolError {
    const { type, contentLength } = this;
    return this.fault(
      'FCGI_UNEXPECTED_RECORD',
      `${contentLength} bytes on type ${type} in state ${state}`,
      1,
    );
  }

  /** Throws when `size` passes `most`. */
  protected atMost(code: FcgiErrorCode, size: number, most: number, at: number): void {
    if (size > most) throw this.fault(code, `${size}, at most ${most}`, at);
  }

  /** Throws what ended this decoder. */
  protected check(): void {
    if (this.failure !== null) throw this.failure;
  }

  /**
   * Makes an error final; returns it, to be thrown. Whatever it is: when memory ran out while parameters were kept, the
   * request must not go on with fewer of them.
   */
  protected fail(error: unknown): unknown {
    return (this.failure = error as Error);
  }

  /** Takes content out of the chunk. `dry` when there was not enough, and also when there is nothing to report. */
  private content(): Found {
    const { chunk, at } = this;
    const count = Math.min(this.contentLeft, chunk.length - at);
    if (count === 0) return 'dry';
    this.at = at + count;
    this.contentLeft -= count;
    if (this.handling === 'stream') {
      // Plain from here on: a view costs 60 ns, which a request without a body saves.
      this.chunk = plain(chunk);
      this.fragment = this.chunk.subarray(at, at + count);
      return 'fragment';
    }
    if (this.handling === 'gather') {
      this.pending = this.target;
      this.pendingAt = at;
      this.pendingEnd = at + count;
      return 'dry';
    }
    if (count === this.contentLength) {
      this.bytes = chunk;
      this.bytesAt = at;
      return 'whole';
    }
    this.hold(count, at);
    if (this.contentLeft > 0) return 'dry';
    this.bytes = this.partial;
    this.bytesAt = this.held = 0;
    return 'whole';
  }

  /** Skips what is to be skipped and reads a header; false when more bytes are needed. */
  private header(): boolean {
    const { chunk } = this;
    const skipped = Math.min(this.skipLeft, chunk.length - this.at);
    const at = (this.at += skipped);
    this.skipLeft -= skipped;
    if (this.held === 0 && chunk.length - at >= FCGI_HEADER_LEN) {
      this.at = at + FCGI_HEADER_LEN;
      this.takeHeader(chunk, at);
      return true;
    }
    const count = Math.min(FCGI_HEADER_LEN - this.held, chunk.length - at);
    if (count === 0) return false;
    this.at = at + count;
    this.hold(count, at);
    if (this.held < FCGI_HEADER_LEN) {
      // Said at once: whoever speaks another protocol may wait for an answer to its first bytes.
      const [version] = this.partial;
      if (version !== FCGI_VERSION_1) throw badVersion(version, this.offset - this.held);
      return false;
    }
    this.held = 0;
    this.takeHeader(this.partial, 0);
    return true;
  }

  private hold(count: number, at: number): void {
    this.partial = grow(this.partial, this.held, this.held + count);
    // Few bytes: a loop is quicker than a view and `set`.
    for (let i = at; i < at + count; i++) this.partial[this.held++] = this.chunk[i];
  }

  /** Takes up the record whose header is at `bytes[at]`. */
  private takeHeader(bytes: Uint8Array, at: number): void {
    this.recordAt = this.offset - FCGI_HEADER_LEN;
    if (bytes[at] !== FCGI_VERSION_1) throw badVersion(bytes[at], this.recordAt);
    const type = (this.type = bytes[at + 1]);
    this.requestId = readUint16(bytes, at + 2);
    const length = (this.contentLength = readUint16(bytes, at + 4));
    const padding = bytes[at + 6];
    if (!isIdFor(type, this.requestId)) {
      throw this.fault('FCGI_BAD_REQUEST_ID', `id ${this.requestId} on type ${type}`, 2);
    }
    const fixed = FIXED[type];
    if (fixed !== undefined && length !== fixed) {
      throw this.fault('FCGI_BAD_BODY_LENGTH', `${length} bytes on type ${type}, expected ${fixed}`, 4);
    }
    if (type >= GET_VALUES && type < UNKNOWN_TYPE) {
      this.atMost('FCGI_LIMIT_VALUES', length, this.options.maxValuesBytes, 4);
    }
    this.handling = this.admit();
    const skipped = this.handling === 'skip' || this.handling === 'note';
    this.contentLeft = skipped ? 0 : length;
    this.skipLeft = skipped ? length + padding : padding;
    if (this.handling === 'gather' && length > 0) {
      this.keepPending();
      // Looked at before anything is kept.
      this.atMost('FCGI_LIMIT_PARAMS', this.target.used + length, this.options.maxParamsBytes, 4);
    }
  }

  /** Copies parameters out of the chunk, each byte once. */
  private keepPending(): void {
    const { pending } = this;
    if (pending === null) return;
    this.pending = null;
    const bytes = this.chunk.subarray(this.pendingAt, this.pendingEnd);
    pending.block = grow(pending.block, pending.used, pending.used + bytes.length);
    pending.block.set(bytes, pending.used);
    pending.used += bytes.length;
  }
}
