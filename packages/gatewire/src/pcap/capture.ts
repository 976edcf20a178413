import { CaptureError } from './errors.js';
import { isPcap, PcapReader } from './pcap.js';
import { isPcapng, PcapngReader } from './pcapng.js';

/** A packet as it was captured. */
export interface CapturedPacket {
  /** What `bytes` begin with: a LINKTYPE_ number. */
  readonly linkType: number;
  /** Seconds since 1970; `null` when the file does not say. */
  readonly time: number | null;
  /** What was captured of it: a view of the file. */
  readonly bytes: Uint8Array;
  /** How long it was on the wire: more than `bytes` when it was cut. */
  readonly originalBytes: number;
}

/** Packets of a file, in its order. */
export interface CaptureReader {
  /**
   * The next packet, or `null` at the end of the file.
   *
   * @throws CaptureError when the file is malformed; then every call does.
   */
  next(): CapturedPacket | null;
}

/** Whether a file begins as pcap or pcapng files do. */
export function isCapture(bytes: Uint8Array): boolean {
  return isPcap(bytes) || isPcapng(bytes);
}

/**
 * Reads a pcap or pcapng file that is in memory. Pure: nothing is copied, and no memory is taken for a length that the
 * file claims.
 *
 * @throws CaptureError `CAPTURE_UNKNOWN_FORMAT`, and what is wrong with its header.
 */
export function openCapture(bytes: Uint8Array): CaptureReader {
  if (isPcap(bytes)) return new PcapReader(bytes);
  if (isPcapng(bytes)) return new PcapngReader(bytes);
  throw new CaptureError('CAPTURE_UNKNOWN_FORMAT', 'neither pcap nor pcapng', 0);
}
