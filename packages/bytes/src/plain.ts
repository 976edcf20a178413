/**
 * `chunk` itself.
 *
 * @throws TypeError when it is not a `Uint8Array`.
 */
export function bytesOf(chunk: Uint8Array): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('not a Uint8Array');
}

/**
 * The same memory as a plain `Uint8Array`: subclasses such as Buffer make every later access megamorphic.
 *
 * @throws TypeError when `chunk` is not a `Uint8Array`.
 */
export function plain(chunk: Uint8Array): Uint8Array {
  if (bytesOf(chunk).constructor === Uint8Array) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
