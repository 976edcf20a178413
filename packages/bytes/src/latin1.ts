// The only file that knows about Buffer: a fast path where the platform has it, plain loops where it has not.
// TextDecoder('latin1') is no alternative: the Encoding Standard makes it windows-1252.

type Slice = (this: Uint8Array, start: number, end: number) => string;

const platform = globalThis as { Buffer?: { prototype: { latin1Slice?: Slice } } };
const nativeSlice: Slice | undefined = platform.Buffer?.prototype.latin1Slice;

/** Arguments per `fromCharCode` call: engines limit the argument count of one call. */
const PER_CALL = 4096;

function portableLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += PER_CALL) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + PER_CALL)));
  }
  return text;
}

function nativeLatin1(bytes: Uint8Array, start: number, end: number): string {
  return (nativeSlice as Slice).call(bytes, start, end);
}

/**
 * Text of `bytes[start, end)`, one character per byte (U+0000 to U+00FF).
 *
 * Strings sliced from the result keep the whole block alive when they are 13 characters or longer.
 */
export const latin1: (bytes: Uint8Array, start: number, end: number) => string =
  nativeSlice === undefined ? portableLatin1 : nativeLatin1;

/** The fallback of {@link latin1}, exported so that tests run it where the platform has the fast path. */
export const latin1WithoutBuffer: (bytes: Uint8Array, start: number, end: number) => string = portableLatin1;

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
  const unit = text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0');
  return `character U+${unit} at index ${index} is not Latin-1; encode text to bytes first`;
}
