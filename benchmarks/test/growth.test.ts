import { fitExponent } from '@gatewire/testkit/servers';
import { describe, expect, test } from 'vitest';
import { GROWTH_CASES } from '../growth/cases.js';
import type { GrowthCase } from '../growth/cases.js';
import { faultsOf, formatGrowth, measureGrowth } from '../growth/measure.js';
import type { GrowthResult } from '../growth/measure.js';

describe('the exponent', () => {
  test.each([
    ['constant', 0],
    ['linear', 1],
    ['quadratic', 2],
  ])('of %s costs is %i', (_, power) => {
    expect(fitExponent([10, 100, 1000].map((size) => [size, 3 * size ** power]))).toBeCloseTo(power, 10);
  });
});

describe('a case', () => {
  test.each(GROWTH_CASES)('$name runs to its end at its two smallest sizes', ({ sizes, prepare }) => {
    for (const size of sizes.slice(0, 2)) {
      const steps = [...prepare(size)()];
      expect(steps.length).toBeGreaterThan(0);
    }
  });

  const work = (loops: (size: number) => number): GrowthCase => ({
    name: 'made up',
    axis: 'things',
    sizes: [100, 200, 400],
    memory: 'grows',
    prepare: (size) =>
      function* () {
        let sum = 0;
        for (let i = 0; i < loops(size); i++) sum += Math.sqrt(i);
        yield sum;
      },
  });

  test('that is quadratic is found out', () => {
    const result = measureGrowth(
      work((size) => size * size),
      () => undefined,
    );
    expect(result.exponent).toBeGreaterThan(1.5);
    expect(faultsOf(result)[0]).toMatch(/^made up: time grows with the power [12]\.\d\d, more than 1\.1$/);
  });
});

describe('a result', () => {
  const result = (exponent: number, memory: 'flat' | 'grows', liveBytes: number[]): GrowthResult => ({
    name: 'made up',
    axis: 'bytes',
    memory,
    exponent,
    samples: liveBytes.map((live, i) => ({ size: 1000 * 10 ** i, micros: 5, liveBytes: live })),
  });
  const MIB = 2 ** 20;

  test('at the limit is no fault, past it it is', () => {
    expect(faultsOf(result(1.1, 'flat', [0, 0]))).toEqual([]);
    expect(faultsOf(result(1.11, 'flat', [0, 0]))).toHaveLength(1);
  });

  test('whose memory grows where it must not is a fault', () => {
    expect(faultsOf(result(1, 'flat', [1024, 2 * MIB]))).toEqual([
      'made up: memory grew from 1 KiB to 2048 KiB',
    ]);
    expect(faultsOf(result(1, 'grows', [MIB, 10 * MIB]))).toEqual([]);
    expect(faultsOf(result(1, 'grows', [MIB, 100 * MIB]))).toHaveLength(1);
  });

  test('is shown with every size', () => {
    const lines = formatGrowth([result(1.07, 'flat', [0, 2048])]).split('\n');
    expect(lines[0]).toBe('made up: time grows with the power 1.07, above the aim of 1.05; memory flat');
    expect(lines[3]).toMatch(/^ {2}10000 +5\.0 +0\.500 +2 KiB$/);
  });
});
