import type { TcpSegment } from './tcp.js';

/** A piece of a stream: a view of the file. */
export interface StreamPiece {
  /** Bytes from the start of the stream. */
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly time: number | null;
}

/** The first place at which bytes are missing. */
export interface StreamGap {
  /** Bytes from the start of the stream. */
  readonly at: number;
  /** How many are missing there. */
  readonly bytes: number;
  /** `cut`: the packet was captured, but not all of it. `lost`: no packet has them. */
  readonly why: 'cut' | 'lost';
  /** Bytes that were captured behind it. */
  readonly bytesAfter: number;
}

/** What one side of a connection sent, put in order. */
export interface TcpStream {
  /** Without holes, in order: all of the stream, or what is before the gap. */
  readonly pieces: readonly StreamPiece[];
  /** Bytes in `pieces`. */
  readonly bytes: number;
  readonly gap: StreamGap | null;
  /** Whether the SYN was captured: without it bytes before the first may be missing. */
  readonly hasStart: boolean;
  readonly end: 'fin' | 'rst' | null;
  /** Bytes that came again and were others than before; the ones that came first are kept. */
  readonly conflicts: number;
}

interface Part {
  readonly at: number;
  readonly data: Uint8Array;
  readonly end: number;
  readonly time: number | null;
}

/** Collects the segments of one side. Positions count from the first segment that was seen, and may be negative. */
export class StreamBuilder {
  private readonly parts: Part[] = [];
  private last: { readonly sequence: number; readonly at: number } | null = null;
  private start: number | null = null;
  private finAt: number | null = null;
  private ackAt: number | null = null;
  private isReset = false;

  /** Sequence number of the SYN; `null` before it. */
  initial: number | null = null;

  get isClosed(): boolean {
    return this.isReset || this.finAt !== null;
  }

  add(segment: TcpSegment): void {
    const at = this.positionOf(segment.sequence + (segment.syn ? 1 : 0));
    if (segment.syn) {
      this.initial = segment.sequence;
      this.start = at;
    }
    if (segment.fin) this.finAt = at + segment.dataBytes;
    if (segment.rst) this.isReset = true;
    // The text of a RST is no data.
    if (segment.dataBytes > 0 && !segment.rst)
      this.parts.push({ at, data: segment.data, end: at + segment.dataBytes, time: segment.time });
  }

  /** The other side has everything before `sequence`. */
  acknowledge(sequence: number): void {
    if (this.last === null) return;
    const at = this.last.at + ((sequence - this.last.sequence) | 0);
    this.ackAt = Math.max(this.ackAt ?? at, at);
  }

  build(): TcpStream {
    const parts = [...this.parts].sort((a, b) => a.at - b.at);
    const start = this.start ?? parts.at(0)?.at ?? 0;
    const assembly = new Assembly(start);
    for (const part of parts) assembly.add(part);
    const end = this.isReset ? 'rst' : this.finAt === null ? null : 'fin';
    const { pieces, at, conflicts } = assembly;
    return {
      pieces,
      bytes: (assembly.gapAt ?? at) - start,
      gap: assembly.gap(this.expectedEnd()),
      hasStart: this.start !== null,
      end,
      conflicts,
    };
  }

  private positionOf(sequence: number): number {
    const { last } = this;
    // Sequence numbers have 32 bits and begin anew: the distance to the one before is what counts.
    const at = last === null ? 0 : last.at + ((sequence - last.sequence) | 0);
    this.last = { sequence, at };
    return at;
  }

  /** Where the stream must have reached, by what both sides say. */
  private expectedEnd(): number {
    // One byte more than was sent may be acknowledged: that is the FIN.
    const acked = this.ackAt === null ? -Infinity : this.ackAt - 1;
    return this.finAt ?? acked;
  }
}

/** Goes through the parts in order of position and joins them. */
class Assembly {
  readonly pieces: StreamPiece[] = [];
  conflicts = 0;
  /** Up to where there is everything. */
  at: number;
  /** Where it stops to be all there. */
  gapAt: number | null = null;
  private readonly start: number;
  private gapBytes = 0;
  private gapIsCut = false;
  private bytesAfter = 0;
  /** Up to where packets that were cut have reached. */
  private cutEnd = -Infinity;

  constructor(start: number) {
    this.start = start;
    this.at = start;
  }

  add({ at, data, end, time }: Part): void {
    if (at > this.at) this.open(at);
    const known = Math.max(0, this.at - at);
    // One byte again is a keep-alive probe, which may carry any.
    if (known > 1 && this.gapAt === null) this.compare(at, data.subarray(0, known));
    const fresh = data.subarray(known);
    if (fresh.length > 0) {
      if (this.gapAt === null) this.pieces.push({ at: this.at - this.start, bytes: fresh, time });
      else this.bytesAfter += fresh.length;
      this.at += fresh.length;
    }
    if (end > at + data.length) this.cutEnd = Math.max(this.cutEnd, end);
  }

  /** The first gap, which may be at the end: `expected` is where the stream must have reached. */
  gap(expected: number): StreamGap | null {
    const end = Math.max(expected, this.cutEnd);
    if (this.gapAt === null && end > this.at) this.open(end);
    if (this.gapAt === null) return null;
    const { gapBytes: bytes, bytesAfter } = this;
    return { at: this.gapAt - this.start, bytes, why: this.gapIsCut ? 'cut' : 'lost', bytesAfter };
  }

  private open(until: number): void {
    if (this.gapAt === null) {
      this.gapAt = this.at;
      this.gapBytes = until - this.at;
      this.gapIsCut = this.cutEnd >= until;
    }
    this.at = until;
  }

  /** Counts bytes that differ from those that are there already. */
  private compare(at: number, again: Uint8Array): void {
    const offset = at - this.start;
    for (let i = this.pieceBefore(offset); i < this.pieces.length; i++) {
      const { at: from, bytes } = this.pieces[i];
      const first = Math.max(offset, from);
      const last = Math.min(offset + again.length, from + bytes.length);
      for (let k = first; k < last; k++) if (bytes[k - from] !== again[k - offset]) this.conflicts++;
      if (from + bytes.length >= offset + again.length) return;
    }
  }

  /** The last piece that begins at or before `offset`. */
  private pieceBefore(offset: number): number {
    let low = 0;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pieces[middle].at <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
