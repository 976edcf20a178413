import { latin1Text, utf8Text } from '@gatewire/environ';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('utf8Text', () => {
  test.each([
    ['', ''],
    ['/plain', '/plain'],
    ['caf\xc3\xa9', 'caf\u00e9'],
    ['\xe2\x82\xac', '\u20ac'],
    ['\xf0\x9f\x9a\x80', '\u{1f680}'],
    ['\xef\xbb\xbfx', '\ufeffx'],
    ['\xf4\x8f\xbf\xbf', '\u{10ffff}'],
    ['\0\x7f', '\0\x7f'],
  ])('%j is %j, and back', (value, text) => {
    for (const malformed of ['refuse', 'replace', 'escape'] as const)
      expect(utf8Text(value, malformed)).toBe(text);
    expect(latin1Text(text)).toBe(value);
  });

  // Unicode 15.0 §3.9, table 3-11 and its neighbours: one U+FFFD for each maximal subpart.
  test.each([
    ['\xff', '\ufffd', '\udcff'],
    ['a\xe9b', 'a\ufffdb', 'a\udce9b'],
    ['\xc0\xaf', '\ufffd\ufffd', '\udcc0\udcaf'],
    [
      '\xe1\x80\xe2\xf0\x91\x92\xf1\xbfA',
      '\ufffd\ufffd\ufffd\ufffdA',
      '\udce1\udc80\udce2\udcf0\udc91\udc92\udcf1\udcbfA',
    ],
    ['\xed\xa0\x80', '\ufffd\ufffd\ufffd', '\udced\udca0\udc80'],
    ['\xf4\x90\x80\x80', '\ufffd\ufffd\ufffd\ufffd', '\udcf4\udc90\udc80\udc80'],
    ['\xe2\x82', '\ufffd', '\udce2\udc82'],
  ])('%j is no UTF-8', (value, replaced, escaped) => {
    expect(utf8Text(value, 'replace')).toBe(replaced);
    expect(utf8Text(value, 'escape')).toBe(escaped);
    expect(latin1Text(escaped)).toBe(value);
    expect(failureOf(() => utf8Text(value, 'refuse'))).toBe('ENVIRON_BAD_TEXT PATH_INFO 400');
    expect(failureOf(() => utf8Text(value, 'refuse', 'HTTP_X'))).toBe('ENVIRON_BAD_TEXT HTTP_X 400');
  });

  test('tells the byte and where it is', () => {
    expect(() => utf8Text('caf\xe9', 'refuse')).toThrow('byte 0xe9 at index 3');
  });

  test('a character above U+00FF is the mistake of the caller', () => {
    expect(() => utf8Text('\u20ac', 'replace')).toThrow(RangeError);
  });
});

describe('latin1Text', () => {
  test('lone surrogates that stand for no byte become U+FFFD', () => {
    expect(latin1Text('\ud800a\udc00\udfff')).toBe('\xef\xbf\xbda\xef\xbf\xbd\xef\xbf\xbd');
  });
});

describe('properties', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    // Bytes that make sequences, and break them.
    fc
      .array(fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5), {
        maxLength: 40,
      })
      .map((list) => Uint8Array.from(list)),
  );

  test('replace is what the platform decodes, for any bytes', () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    fc.assert(
      fc.property(bytes, (input) => {
        expect(utf8Text(latin1(input), 'replace')).toBe(decoder.decode(input));
      }),
    );
  });

  test('escape comes back byte for byte, for any bytes', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(latin1Text(utf8Text(latin1(input), 'escape'))).toBe(latin1(input));
      }),
    );
  });

  test('latin1Text is what the platform encodes, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const value = latin1Text(text);
        expect(value).toBe(Buffer.from(text, 'utf8').toString('latin1'));
        expect(utf8Text(value, 'refuse')).toBe(text);
      }),
    );
  });
});
