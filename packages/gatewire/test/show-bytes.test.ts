import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elide, preview, readable, visible } from '../src/show-bytes.js';

test.each([
  ['plain', 'plain'],
  ['caf\xc3\xa9', 'café'],
  ['\xe2\x82\xac', '€'],
  ['caf\xe9', 'café'],
  ['\xc3\xa9\xff', 'Ã©ÿ'],
  ['日本', '日本'],
  ['\xef\xbb\xbfx', '\ufeffx'],
])('a native string %j reads %j', (native, text) => {
  expect(readable(native)).toBe(text);
});

test.each([
  ['a\r\n\tb', 'a\\r\\n\\tb'],
  ['\x00\x1b[31m\x7f\x9b', '\\x00\\x1b[31m\\x7f\\x9b'],
  ['\u202eabc', '\\u{202e}abc'],
  ['\u2028', '\\u{2028}'],
  ['é € 日本 😀', 'é € 日本 😀'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('nothing that acts on a terminal is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      expect(visible(text)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }),
  );
});

test('elide counts characters, not UTF-16 units', () => {
  expect(elide('😀😀😀', 3)).toBe('😀😀😀');
  expect(elide('😀😀😀😀', 3)).toBe('😀😀…');
});

test.each([
  ['text', Buffer.from('hällo\n'), 7, 'hällo\\n'],
  ['text that goes on', Buffer.from('hello'), 9, 'hello…'],
  ['text cut inside of a character', Buffer.from('h€').subarray(0, 3), 9, 'h…'],
  ['bytes', Uint8Array.of(0, 255), 2, '00 ff'],
  ['a control', Buffer.from('a\x1b'), 2, '61 1b'],
  ['a broken character at the very end', Uint8Array.of(0x61, 0xc3), 2, '61 c3'],
  ['many bytes', new Uint8Array(20), 20, `${Array(16).fill('00').join(' ')} …`],
])('preview of %s', (_, start, size, shown) => {
  expect(preview(start, size)).toBe(shown);
});
