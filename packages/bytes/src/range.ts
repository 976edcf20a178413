/** @throws RangeError unless `[start, end)` lies within `bytes`. */
export function checkRange(bytes: Uint8Array, start: number, end: number): void {
  if (start >= 0 && start <= end && end <= bytes.length) return;
  throw new RangeError(`[${start}, ${end}) is not within ${bytes.length} bytes`);
}
