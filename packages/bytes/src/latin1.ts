// The only file that knows about Buffer: a fast path where the platform has it, a plain loop where it has not.
// TextDecoder('latin1') is no alternative: the Encoding Standard makes it windows-1252.

type Slice = (this: Uint8Array, start: number, end: number) => string;

const platform = globalThis as { Buffer?: { prototype: { latin1Slice?: Slice } } };
const native = platform.Buffer?.prototype.latin1Slice;

/** Arguments per `fromCharCode` call: engines limit the argument count of one call. */
const PER_CALL = 4096;

/**
 * Text of `bytes[start, end)`, one character per byte (U+0000 to U+00FF).
 *
 * Strings sliced from the result keep the whole block alive when they are 13 characters or longer.
 */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  // Named here, not passed in: the engine calls a function that it knows 30 ns faster.
  return native ? native.call(bytes, start, end) : latin1Loop(bytes, start, end);
}

/** {@link latin1} where the platform has no fast path. */
export function latin1Loop(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += PER_CALL) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + PER_CALL)));
  }
  return text;
}

/**
 * Writes one byte per character of `text` at `out[at]` and returns the offset after it.
 *
 * @throws RangeError when a character is above U+00FF: cutting it to its low byte would let U+010A become a line feed.
 */
export function encodeLatin1Into(text: string, out: Uint8Array, at: number): number {
  const length = text.length;
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    seen |= unit;
    out[at + i] = unit;
  }
  if (seen > 0xff) throw new RangeError(notLatin1(text));
  return at + length;
}

function notLatin1(text: string): string {
  let index = 0;
  while (text.charCodeAt(index) <= 0xff) index++;
  return `character U+${text.charCodeAt(index).toString(16).padStart(4, '0')} at index ${index} is not Latin-1`;
}
