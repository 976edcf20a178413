import { ascii, hex } from '@gatewire/testkit';
import { decodeVars, encodePacket, VarsView } from '@gatewire/uwsgi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

const viewOf = (pairs: readonly string[]): VarsView => {
  const packet = encodePacket(0, 0, pairs);
  return new VarsView(packet, 4, packet.length);
};

describe('VarsView', () => {
  test('spec: get, getAll, has, size, iteration, toPairs', () => {
    const bytes = hex`ff  01 00 41 01 00 31   02 00 42 43 00 00   01 00 41 01 00 32  ff`;
    const view = new VarsView(bytes, 1, bytes.length - 1);
    bytes.fill(0); // the view does not look at them again
    expect([view.get('A'), view.get('BC'), view.get('B'), view.get('')]).toEqual([
      '2',
      '',
      undefined,
      undefined,
    ]);
    expect([view.getAll('A'), view.getAll('X')]).toEqual([['1', '2'], []]);
    expect([view.has('BC'), view.has('C')]).toEqual([true, false]);
    expect(view.size).toBe(3);
    expect([...view]).toEqual([
      ['A', '1'],
      ['BC', ''],
      ['A', '2'],
    ]);
    expect(view.toPairs()).toEqual(['A', '1', 'BC', '', 'A', '2']);
  });

  test('a name is never found across a boundary, nor by a longer or shorter name', () => {
    const view = viewOf(['AB', 'CD', 'ABC', 'x']);
    expect([view.get('BC'), view.get('A'), view.get('ABCD'), view.get('CD')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('the block itself is no name', () => {
    const block = '\x01\0A\x01\0b';
    const view = new VarsView(ascii(block), 0, block.length);
    expect([view.get(block), view.getAll(block)]).toEqual([undefined, []]);
  });

  test('names of one length that end alike are told apart', () => {
    const view = viewOf(['HTTP_AB', '1', 'HTTP_BB', '2', 'HTTP_CB', '3']);
    expect([view.get('HTTP_AB'), view.get('HTTP_BB'), view.get('HTTP_DB')]).toEqual(['1', '2', undefined]);
    expect([view.has('HTTP_CB'), view.has('HTTP_EB')]).toEqual([true, false]);
    // The low byte of U+0142 is that of B.
    expect([view.get('HTTP_A\u0142'), view.get('HTTP_\u0142')]).toEqual([undefined, undefined]);
  });

  test('lengths past one byte, and more vars than most requests have', () => {
    const [name, value] = ['N'.repeat(300), 'v'.repeat(513)];
    const many = Array.from({ length: 200 }, (_, i) => [`X_${i}`, String(i)]).flat();
    const view = viewOf([name, value, ...many]);
    expect([view.size, view.get(name), view.get('X_0'), view.get('X_199')]).toEqual([201, value, '0', '199']);
    expect(view.toPairs()).toEqual([name, value, ...many]);
  });

  test('few vars in many bytes', () => {
    const view = viewOf(['A', 'v'.repeat(600), 'B', '2']);
    expect([view.size, view.get('B')]).toEqual([2, '2']);
    expect(view.toPairs()).toEqual(['A', 'v'.repeat(600), 'B', '2']);
  });

  test('__proto__ and toString are names like any other', () => {
    expect(viewOf(['__proto__', 'x']).get('__proto__')).toBe('x');
    expect(viewOf(['A', 'x']).get('toString')).toBeUndefined();
  });

  test('an empty block', () => {
    const view = viewOf([]);
    expect([view.size, view.get('A'), view.toPairs()]).toEqual([0, undefined, []]);
  });

  // The same blocks as for decodeVars, which must not be readable by another way.
  test.each([
    ['a stray byte', hex`00 00  01 00 41 00 00  07`, 'UWSGI_STRAY_BYTE at 7'],
    ['an empty name', hex`00 00  00 00 00 00`, 'UWSGI_EMPTY_KEY at 2'],
    ['a name that passes the end', hex`00 00  ff ff 01 00 41 01 00 31`, 'UWSGI_KEY_OVERRUN at 2'],
    ['no value length', hex`00 00  01 00 41`, 'UWSGI_MISSING_VALUE at 5'],
    ['a value that passes the end', hex`00 00  01 00 41 02 00 31`, 'UWSGI_VALUE_OVERRUN at 5'],
  ])('invalid: %s', (_, bytes, failure) => {
    expect(failureOf(() => new VarsView(bytes, 2, bytes.length))).toBe(failure);
  });

  test('limits and options are those of decodeVars', () => {
    const two = hex`01 00 41 00 00 01 00 42 00 00`;
    expect(new VarsView(two, 0, 10, { maxVars: 2 }).size).toBe(2);
    expect(failureOf(() => new VarsView(two, 0, 10, { maxVars: 1 }))).toBe('UWSGI_LIMIT_VARS at 5');
    expect(new VarsView(hex`00 00 01 00 31`, 0, 5, { emptyKeys: 'accept' }).get('')).toBe('1');
    expect(() => new VarsView(two, 0, 11)).toThrow(RangeError);
  });

  test('any block: the view and decodeVars agree, on errors too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let pairs: string[] | undefined;
        const failure = failureOf(() => (pairs = decodeVars(bytes, 0, bytes.length)));
        let view: VarsView | undefined;
        expect(failureOf(() => (view = new VarsView(bytes, 0, bytes.length)))).toBe(failure);
        expect(view?.toPairs()).toEqual(pairs);
      }),
      { numRuns: 2000 },
    );
  });

  test('any names: every lookup finds the last of its name', () => {
    const name = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('A', 'B') });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, fc.string({ maxLength: 3, unit: fc.constantFrom('A', '1') }))),
        (list) => {
          const view = viewOf(list.flat());
          for (const [each] of list) {
            const values = list.filter(([other]) => other === each).map(([, value]) => value);
            expect(view.get(each)).toBe(values.at(-1));
            expect(view.getAll(each)).toEqual(values);
          }
        },
      ),
    );
  });
});
