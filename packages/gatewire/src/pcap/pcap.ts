import type { CapturedPacket, CaptureReader } from './capture.js';
import { CaptureError } from './errors.js';

// The format of tcpdump -w. A header: magic, version 2.4, time zone, accuracy, longest capture, link type; 24 bytes. Then
// for each packet: seconds, their fraction, captured length, original length; 16 bytes; and what was captured. Numbers are
// in the byte order of the machine that wrote it, which the magic tells.

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;

/** The magic as it reads in big-endian: units of a second's fraction, and whether the rest is little-endian. */
const MAGICS: ReadonlyMap<number, { readonly unit: number; readonly little: boolean }> = new Map([
  [0xa1b2c3d4, { unit: 1e-6, little: false }],
  [0xd4c3b2a1, { unit: 1e-6, little: true }],
  [0xa1b23c4d, { unit: 1e-9, little: false }],
  [0x4d3cb2a1, { unit: 1e-9, little: true }],
]);

/** Whether a file begins as pcap files do. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && MAGICS.has(viewOf(bytes).getUint32(0));
}

/** Packets of a pcap file. */
export class PcapReader implements CaptureReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly unit: number;
  private readonly little: boolean;
  private readonly linkType: number;
  private at = HEADER_BYTES;

  /** @throws CaptureError `CAPTURE_TRUNCATED`, `CAPTURE_BAD_VERSION`, `CAPTURE_UNKNOWN_FORMAT`. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    const magic = isPcap(bytes) ? MAGICS.get(this.view.getUint32(0)) : undefined;
    if (magic === undefined) throw new CaptureError('CAPTURE_UNKNOWN_FORMAT', 'not pcap', 0);
    if (bytes.length < HEADER_BYTES) throw truncated(bytes.length, HEADER_BYTES, 0);
    this.unit = magic.unit;
    this.little = magic.little;
    const major = this.view.getUint16(4, this.little);
    if (major !== 2) throw new CaptureError('CAPTURE_BAD_VERSION', `version ${major}, expected 2`, 4);
    // The upper half says how long a frame check sequence is, which tcpdump does not capture.
    this.linkType = this.view.getUint32(20, this.little) & 0xffff;
  }

  next(): CapturedPacket | null {
    const { at, view, little, bytes } = this;
    const left = bytes.length - at;
    if (left === 0) return null;
    if (left < RECORD_BYTES) throw truncated(left, RECORD_BYTES, at);
    const captured = view.getUint32(at + 8, little);
    if (left < RECORD_BYTES + captured) throw truncated(left, RECORD_BYTES + captured, at);
    const start = at + RECORD_BYTES;
    this.at = start + captured;
    return {
      linkType: this.linkType,
      time: view.getUint32(at, little) + view.getUint32(at + 4, little) * this.unit,
      bytes: bytes.subarray(start, this.at),
      originalBytes: Math.max(captured, view.getUint32(at + 12, little)),
    };
  }
}

/** A view of the bytes for reading numbers. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** `CAPTURE_TRUNCATED`: the usual end of a capture that was interrupted. */
export function truncated(left: number, needed: number, offset: number): CaptureError {
  return new CaptureError('CAPTURE_TRUNCATED', `the file ends after ${left} of ${needed} bytes`, offset);
}
