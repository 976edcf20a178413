/**
 * A buffer of at least `needed` bytes that starts with the first `used` bytes of `buffer`; `buffer` itself when it is
 * large enough. Doubles, so that filling it byte by byte stays linear.
 */
export function grow(buffer: Uint8Array, used: number, needed: number): Uint8Array {
  if (needed <= buffer.length) return buffer;
  const larger = new Uint8Array(Math.max(needed, buffer.length * 2));
  larger.set(buffer.subarray(0, used));
  return larger;
}
