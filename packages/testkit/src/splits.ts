import fc from 'fast-check';

/** A way to cut a byte sequence into chunks, and what to call it in a failure. */
export interface Split {
  readonly name: string;
  readonly chunks: Iterable<Uint8Array>;
}

/** All in one chunk, and one byte per chunk. The chunks are views of `bytes`, made as they are asked for. */
export function wholeAndBytewise(bytes: Uint8Array): readonly Split[] {
  return [
    { name: 'whole', chunks: [bytes] },
    { name: 'byte by byte', chunks: bytewise(bytes) },
  ];
}

/** One byte per chunk: views of `bytes`, made as they are asked for. May be iterated again. */
export function bytewise(bytes: Uint8Array): Iterable<Uint8Array> {
  return {
    *[Symbol.iterator]() {
      for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
    },
  };
}

/** Chunks of the given sizes, then one with the rest if there is any: views of `bytes`. */
export function cutAt(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  if (at > bytes.length) throw new RangeError(`the sizes add up to ${at}, there are ${bytes.length} bytes`);
  if (at < bytes.length) chunks.push(bytes.subarray(at));
  return chunks;
}

/**
 * `bytes` cut at up to `maxCuts` random places. Two cuts can fall on one place, which makes an empty chunk; shrinks
 * towards fewer and earlier cuts.
 */
export function randomCuts(bytes: Uint8Array, maxCuts: number = 20): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: maxCuts }).map((places) => {
    const ends = [...places].sort((a, b) => a - b);
    return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
  });
}

/** One of `recordings`, none of which is empty, with up to four places where bytes are cut out or put in. */
export function edited(recordings: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({ at: fc.nat(3000), remove: fc.nat(4), insert: fc.uint8Array({ maxLength: 4 }) });
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
  return fc.tuple(fc.constantFrom(...recordings), edits).map(([bytes, all]) =>
    all.reduce((text, { at, remove, insert }) => {
      const place = at % text.length;
      return Uint8Array.from([...text.subarray(0, place), ...insert, ...text.subarray(place + remove)]);
    }, bytes),
  );
}
