import type { CapturedPacket, CaptureReader } from './capture.js';
import { CaptureError } from './errors.js';
import { truncated, viewOf } from './pcap.js';

// The format of Wireshark, draft-ietf-opsawg-pcapng: blocks of type, length, body, length again. A section header block
// begins a section and tells its byte order; interface descriptions are numbered from 0 in each section; packets name
// one of them. Blocks of other types are passed over.

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

/** Bytes of a block without body, and the least there are in a block of each type. */
const FRAME_BYTES = 12;
const LEAST: ReadonlyMap<number, number> = new Map([
  [SECTION, 28],
  [INTERFACE, 20],
  [OBSOLETE_PACKET, 32],
  [SIMPLE_PACKET, 16],
  [ENHANCED_PACKET, 32],
]);

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;

interface Interface {
  readonly linkType: number;
  /** 0 for no limit. */
  readonly snapBytes: number;
  /** Ticks of its clock in a second. */
  readonly ticks: number;
  /** Seconds to add to its clock. */
  readonly since: number;
}

/** Whether a file begins as pcapng files do. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === SECTION;
}

/** Packets of a pcapng file. */
export class PcapngReader implements CaptureReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private little = false;
  private interfaces: Interface[] = [];
  private at = 0;

  /** @throws CaptureError `CAPTURE_UNKNOWN_FORMAT`. */
  constructor(bytes: Uint8Array) {
    if (!isPcapng(bytes)) throw new CaptureError('CAPTURE_UNKNOWN_FORMAT', 'not pcapng', 0);
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  next(): CapturedPacket | null {
    while (this.at < this.bytes.length) {
      const { at } = this;
      const { type, end } = this.block(at);
      const packet = this.content(type, at, end - 4);
      this.at = end;
      if (packet !== null) return packet;
    }
    return null;
  }

  /** Type and end of the block at `at`, whose lengths are checked. */
  private block(at: number): { readonly type: number; readonly end: number } {
    const left = this.bytes.length - at;
    if (left < FRAME_BYTES) throw truncated(left, FRAME_BYTES, at);
    if (this.view.getUint32(at) === SECTION) this.byteOrder(at + 8);
    const type = this.u32(at);
    const length = this.u32(at + 4);
    const least = LEAST.get(type) ?? FRAME_BYTES;
    if (length < least || length % 4 !== 0) {
      throw badLength(`a block of ${length} bytes, expected ${least} or more in steps of 4`, at + 4);
    }
    if (left < length) throw truncated(left, length, at);
    const again = this.u32(at + length - 4);
    if (again !== length)
      throw badLength(`the block of ${length} bytes ends with length ${again}`, at + length - 4);
    return { type, end: at + length };
  }

  private byteOrder(at: number): void {
    if (this.view.getUint32(at, true) === BYTE_ORDER_MAGIC) this.little = true;
    else if (this.view.getUint32(at) === BYTE_ORDER_MAGIC) this.little = false;
    else throw new CaptureError('CAPTURE_UNKNOWN_FORMAT', 'a section without the byte-order magic', at);
  }

  /** A block from `at`; `end` is where its second length begins. */
  private content(type: number, at: number, end: number): CapturedPacket | null {
    switch (type) {
      case SECTION: {
        const major = this.u16(at + 12);
        if (major !== 1)
          throw new CaptureError('CAPTURE_BAD_VERSION', `version ${major}, expected 1`, at + 12);
        this.interfaces = [];
        return null;
      }
      case INTERFACE:
        this.interfaces.push(this.description(at, end));
        return null;
      case ENHANCED_PACKET:
        return this.packet(this.interfaceAt(this.u32(at + 8), at + 8), at, end);
      case OBSOLETE_PACKET:
        return this.packet(this.interfaceAt(this.u16(at + 8), at + 8), at, end);
      case SIMPLE_PACKET:
        return this.simplePacket(this.interfaceAt(0, at), at, end);
      default:
        return null;
    }
  }

  private description(at: number, end: number): Interface {
    let ticks = 1e6;
    let since = 0;
    let option = at + 16;
    while (option + 4 <= end && this.u16(option) !== 0) {
      const code = this.u16(option);
      const length = this.u16(option + 2);
      const value = option + 4;
      if (value + length > end)
        throw badLength(`an option of ${length} bytes, ${end - value} are left`, option + 2);
      if (code === OPTION_TIME_RESOLUTION && length === 1) ticks = ticksOf(this.bytes[value]);
      if (code === OPTION_TIME_OFFSET && length === 8) since = this.i64(value);
      option = value + length + (-length & 3);
    }
    return { linkType: this.u16(at + 8), snapBytes: this.u32(at + 12), ticks, since };
  }

  private packet(from: Interface, at: number, end: number): CapturedPacket {
    const ticks = this.u32(at + 12) * 2 ** 32 + this.u32(at + 16);
    const time = from.since + ticks / from.ticks;
    return this.captured(from, time, this.u32(at + 20), this.u32(at + 24), at + 28, end);
  }

  private simplePacket(from: Interface, at: number, end: number): CapturedPacket {
    const original = this.u32(at + 8);
    const captured = from.snapBytes === 0 ? original : Math.min(original, from.snapBytes);
    return this.captured(from, null, captured, original, at + 12, end);
  }

  private captured(
    { linkType }: Interface,
    time: number | null,
    captured: number,
    original: number,
    start: number,
    end: number,
  ): CapturedPacket {
    if (captured > end - start) throw badLength(`a packet of ${captured} bytes in ${end - start}`, start);
    const bytes = this.bytes.subarray(start, start + captured);
    return { linkType, time, bytes, originalBytes: Math.max(captured, original) };
  }

  private interfaceAt(index: number, offset: number): Interface {
    const found = this.interfaces.at(index);
    if (found !== undefined) return found;
    throw new CaptureError(
      'CAPTURE_BAD_INTERFACE',
      `interface ${index}, ${this.interfaces.length} are described`,
      offset,
    );
  }

  private u16(at: number): number {
    return this.view.getUint16(at, this.little);
  }

  private u32(at: number): number {
    return this.view.getUint32(at, this.little);
  }

  private i64(at: number): number {
    return Number(this.view.getBigInt64(at, this.little));
  }
}

/** A power of 10, or with the top bit of 2. */
function ticksOf(resolution: number): number {
  return (resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f);
}

function badLength(detail: string, offset: number): CaptureError {
  return new CaptureError('CAPTURE_BAD_LENGTH', detail, offset);
}
