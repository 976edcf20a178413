import { checkRange, encodeLatin1Into, grow, latin1, latin1Loop, plain } from '@gatewire/bytes';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i);

describe('latin1', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  // The platform's fast path and the plain loop are one function to their callers.
  test.each([
    ['fast path', latin1],
    ['plain loop', latin1Loop],
  ])('%s: byte n becomes character n, 0x80 to 0x9f too', (_, decode) => {
    const text = decode(EVERY_BYTE, 0, 256);
    expect(text).toHaveLength(256);
    for (let i = 0; i < 256; i++) expect(text.charCodeAt(i)).toBe(i);
    expect(decode(EVERY_BYTE, 65, 68)).toBe('ABC');
    expect(decode(EVERY_BYTE, 7, 7)).toBe('');
  });

  test('without Buffer, as in a browser, it is the plain loop', async () => {
    vi.stubGlobal('Buffer', undefined);
    vi.resetModules();
    const bytes = await import('@gatewire/bytes');
    expect(bytes.latin1(EVERY_BYTE, 0x7e, 0x82)).toBe('~\x7f\x80\x81');
  });

  test('both agree on blocks longer than one call takes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000 }), fc.nat(100), (bytes, start) => {
        const from = Math.min(start, bytes.length);
        expect(latin1Loop(bytes, from, bytes.length)).toBe(latin1(bytes, from, bytes.length));
      }),
      { numRuns: 50 },
    );
  });
});

describe('encodeLatin1Into', () => {
  test('writes one byte per character and returns the next offset', () => {
    const out = new Uint8Array(5).fill(9);
    expect(encodeLatin1Into('A\u00ff', out, 2)).toBe(4);
    expect([...out]).toEqual([9, 9, 0x41, 0xff, 9]);
  });

  test('a character above U+00FF is a RangeError that says where', () => {
    expect(() => encodeLatin1Into('ab\u010a', new Uint8Array(3), 0)).toThrow(
      'character U+010a at index 2 is not Latin-1',
    );
    expect(() => encodeLatin1Into('\u00ff\u0100', new Uint8Array(2), 0)).toThrow(
      'character U+0100 at index 1 is not Latin-1',
    );
    expect(() => encodeLatin1Into('\u{1f600}', new Uint8Array(2), 0)).toThrow(RangeError);
  });
});

describe('plain', () => {
  test('a Buffer becomes a Uint8Array over the same memory', () => {
    const buffer = Buffer.from('xyz').subarray(1);
    const bytes = plain(buffer);
    expect(bytes.constructor).toBe(Uint8Array);
    expect([...bytes]).toEqual([0x79, 0x7a]);
    bytes[0] = 1;
    expect(buffer[0]).toBe(1);
    expect(plain(bytes)).toBe(bytes);
  });

  test.each([['text'], [null], [[1]], [new ArrayBuffer(1)]])('%j is a TypeError', (value) => {
    expect(() => plain(value as never)).toThrow(new TypeError('not a Uint8Array'));
  });
});

describe('grow', () => {
  test('keeps what is used, doubles', () => {
    const buffer = Uint8Array.of(1, 2, 3, 4);
    expect(grow(buffer, 4, 4)).toBe(buffer);
    expect([...grow(buffer, 2, 5)]).toEqual([1, 2, 0, 0, 0, 0, 0, 0]);
    expect(grow(buffer, 4, 50)).toHaveLength(50);
  });
});

describe('checkRange', () => {
  const bytes = new Uint8Array(4);

  test.each([
    [0, 0],
    [0, 4],
    [4, 4],
    [1, 3],
  ])('[%d, %d) lies within four bytes', (start, end) => {
    expect(() => checkRange(bytes, start, end)).not.toThrow();
  });

  test.each([
    [-1, 2],
    [3, 2],
    [0, 5],
    [5, 5],
    [NaN, 2],
    [0, NaN],
  ])('[%d, %d) does not', (start, end) => {
    expect(() => checkRange(bytes, start, end)).toThrow(
      new RangeError(`[${start}, ${end}) is not within 4 bytes`),
    );
  });
});
