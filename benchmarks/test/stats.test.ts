import { describe, expect, test } from 'vitest';
import { quartiles, ratio, shuffled } from '../stats.js';

describe('quartiles', () => {
  test('of an odd count are values of the list', () => {
    expect(quartiles([5, 1, 4, 2, 3])).toEqual({ lower: 2, median: 3, upper: 4 });
  });

  test('of an even count lie between two values', () => {
    expect(quartiles([40, 10, 30, 20])).toEqual({ lower: 17.5, median: 25, upper: 32.5 });
  });

  test('of one value are that value', () => {
    expect(quartiles([7])).toEqual({ lower: 7, median: 7, upper: 7 });
  });

  test('order numbers as numbers and leave the list alone', () => {
    const values = [10, 9, 100];
    expect(quartiles(values).median).toBe(10);
    expect(values).toEqual([10, 9, 100]);
  });

  test('of nothing are an error', () => {
    expect(() => quartiles([])).toThrow(RangeError);
  });
});

describe('ratio', () => {
  test('is formed inside each round: a slow round divides out', () => {
    expect(ratio([300, 30, 3], [100, 10, 1])).toEqual({ lower: 3, median: 3, upper: 3 });
  });

  test('is the median of the ratios, not the ratio of the medians', () => {
    expect(ratio([10, 40, 60], [10, 10, 30]).median).toBe(2);
  });

  test('needs a rate of both sides in every round', () => {
    expect(() => ratio([1, 2], [1])).toThrow(RangeError);
  });
});

describe('shuffled', () => {
  test('follows the random numbers it is given and leaves the list alone', () => {
    const list = ['a', 'b', 'c'];
    expect(shuffled(list, () => 0)).toEqual(['b', 'c', 'a']);
    expect(shuffled(list, () => 0.999)).toEqual(['a', 'b', 'c']);
    expect(list).toEqual(['a', 'b', 'c']);
  });
});
