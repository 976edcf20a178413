import {
  ascii,
  bytewise,
  cutAt,
  drain,
  hex,
  joinFragments,
  randomCuts,
  wholeAndBytewise,
} from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const HELLO = Uint8Array.of(104, 101, 108, 108, 111);

describe('hex and ascii', () => {
  test('hex takes blanks, comments and values', () => {
    expect(hex`00 0a
      FFfe # a comment: 12
      01   // 34
      ${HELLO} ${7}`).toEqual(Uint8Array.of(0, 10, 255, 254, 1, 104, 101, 108, 108, 111, 7));
    expect(hex``).toEqual(new Uint8Array(0));
  });

  test('hex refuses what is not a byte', () => {
    expect(() => hex`0`).toThrow('an odd number');
    expect(() => hex`0g`).toThrow('g');
    expect(() => hex`${256}`).toThrow('256 is not a byte');
  });

  test('ascii is one byte per character', () => {
    expect(ascii('hello')).toEqual(HELLO);
    expect(ascii('\u00ff\0')).toEqual(Uint8Array.of(255, 0));
    expect(() => ascii('\u0100')).toThrow(RangeError);
    expect(() => ascii('\u{1f600}')).toThrow(RangeError);
  });
});

describe('splits', () => {
  test('whole and byte by byte', () => {
    const [whole, bytes] = wholeAndBytewise(HELLO);
    expect([...whole.chunks]).toEqual([HELLO]);
    expect(Array.from(bytes.chunks, (chunk) => [...chunk])).toEqual([[104], [101], [108], [108], [111]]);
    expect([...bytes.chunks]).toHaveLength(5);
  });

  test('cutAt cuts at sizes and leaves the rest in one', () => {
    expect(cutAt(HELLO, [1, 0, 2])).toEqual([ascii('h'), ascii(''), ascii('el'), ascii('lo')]);
    expect(cutAt(HELLO, [5])).toEqual([HELLO]);
    expect(() => cutAt(HELLO, [3, 3])).toThrow('the sizes add up to 6');
  });

  test('random cuts lose nothing', () => {
    fc.assert(
      fc.property(randomCuts(HELLO), (chunks) => {
        expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...HELLO]);
      }),
    );
  });
});

type Event =
  { readonly kind: 'data'; readonly id: number; readonly data: Uint8Array } | { readonly kind: 'end' };

/** Hands chunks through as events; fails at a zero byte; "end" comes after finish. */
class Echo {
  chunk: Uint8Array | null = null;
  finished = false;
  receive(chunk: Uint8Array): void {
    this.chunk = chunk;
  }
  next(): Event | null {
    const data = this.chunk;
    this.chunk = null;
    if (data?.includes(0) === true) throw new RangeError('zero');
    if (data !== null) return { kind: 'data', id: 1, data };
    if (!this.finished) return null;
    this.finished = false;
    return { kind: 'end' };
  }
  finish(): void {
    this.finished = true;
  }
}

describe('drain', () => {
  test('takes events during the input and after its end, with bytes that stay', () => {
    const { events, error } = drain(new Echo(), bytewise(HELLO));
    expect(error).toBeNull();
    expect(events).toHaveLength(6);
    expect(joinFragments(events)).toEqual([{ kind: 'data', id: 1, data: HELLO }, { kind: 'end' }]);
  });

  test('keeps the events that came before an error', () => {
    const { events, error } = drain(new Echo(), bytewise(Uint8Array.of(1, 0, 2)));
    expect(events).toEqual([{ kind: 'data', id: 1, data: Uint8Array.of(1) }]);
    expect(error).toEqual(new RangeError('zero'));
  });

  test('ends with an error what has no end', () => {
    const endless = { receive: () => undefined, next: () => ({ kind: 'end' }), finish: () => undefined };
    const { events, error } = drain(endless, [HELLO]);
    expect(error).toEqual(new RangeError('26 events and no end of them'));
    expect(events).toHaveLength(27);
  });

  test('can leave the input open', () => {
    expect(drain(new Echo(), [HELLO], { finish: false }).events).toHaveLength(1);
  });

  test('overwrites chunks: a view kept too long shows', () => {
    const kept: Uint8Array[] = [];
    const decoder = {
      receive: (chunk: Uint8Array) => void kept.push(chunk),
      next: () => null,
      finish: () => undefined,
    };
    drain(decoder, [HELLO]);
    expect(kept).toEqual([hex`ee ee ee ee ee`]);
    expect(HELLO).toEqual(ascii('hello'));
  });

  test('joins only neighbours that differ in their data alone', () => {
    const a = { id: 1, data: ascii('a') };
    const b = { id: 2, data: ascii('b') };
    const end = { id: 2 };
    expect(joinFragments([a, a, b, end, b, b])).toEqual([
      { id: 1, data: ascii('aa') },
      b,
      end,
      { id: 2, data: ascii('bb') },
    ]);
  });
});
