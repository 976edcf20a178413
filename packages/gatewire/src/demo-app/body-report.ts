import { createHash } from 'node:crypto';
import type { InputStream } from '@gatewire/interfaces';
import { preview } from '../show-bytes.js';

/** What is known about a request body after it went by. */
export interface BodyReport {
  /** Size in bytes. */
  readonly size: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
  /** Its first bytes, at most 64. */
  readonly start: Uint8Array;
}

const START_BYTES = 64;

/** The report on no body. */
export const NO_BODY: BodyReport = {
  size: 0,
  sha256: createHash('sha256').digest('hex'),
  start: new Uint8Array(0),
};

/**
 * Reads `input` to its end, keeping nothing but the first bytes: memory does not grow with the body.
 *
 * Rejects as `input` does, when the client goes away.
 */
export async function reportBody(input: InputStream): Promise<BodyReport> {
  const hash = createHash('sha256');
  const start = new Uint8Array(START_BYTES);
  let size = 0;
  for await (const chunk of input) {
    if (size < START_BYTES) start.set(chunk.subarray(0, START_BYTES - size), size);
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex'), start: start.subarray(0, Math.min(size, START_BYTES)) };
}

/** The first bytes of a body: as text, or in hexadecimal, with an ellipsis when more follow. */
export function startOf(body: BodyReport): string {
  return preview(body.start, body.size);
}
