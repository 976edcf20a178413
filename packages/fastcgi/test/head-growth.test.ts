import { ascii, bytewise, growthExponent } from '@gatewire/testkit';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import { describe, expect, test } from 'vitest';

/** Above linear by more than noise makes it, and well below quadratic. */
const LINEAR = 1.35;
const NO_LIMITS = { maxHeadBytes: Infinity, maxLineBytes: Infinity, maxFields: Infinity };

/** Decodes `text`, byte by byte or whole; the input stays open. Nothing is kept: collecting garbage is no linear work. */
function work(text: string, whole: boolean): () => unknown {
  const bytes = ascii(text);
  return () => {
    const decoder = new ResponseHeadDecoder(NO_LIMITS);
    for (const chunk of whole ? [bytes] : bytewise(bytes)) {
      decoder.receive(chunk);
      while (decoder.next() !== null);
    }
  };
}

describe('cost is linear in the input', () => {
  test.each([
    ['one line that does not end', (size: number) => work(`A: ${'x'.repeat(size)}`, false)],
    ['a value', (size: number) => work(`A: ${'x'.repeat(size)}\n\n`, false)],
    ['fields', (size: number) => work(`${'Abc: d\r\n'.repeat(size / 8)}\r\n`, false)],
    ['fields, in one chunk', (size: number) => work(`${'Abc: d\r\n'.repeat(size / 8)}\r\n`, true)],
    ['blanks in a value, in one chunk', (size: number) => work(`A: b${' '.repeat(size)}c\n\n`, true)],
    ['blanks alone, in one chunk', (size: number) => work(`A:${' \t'.repeat(size / 2)}\nB: c\n\n`, true)],
    ['a body', (size: number) => work(`A: b\n\n${'x'.repeat(size)}`, false)],
  ])('%s', (_, prepare) => {
    expect(growthExponent([2000, 8000, 32_000], prepare)).toBeLessThan(LINEAR);
  });
});
