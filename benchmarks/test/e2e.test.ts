import { describe, expect, test } from 'vitest';
import { BACKENDS, NODE_KEEP } from '../e2e/backends.js';
import { cpuRatio, parseWrk, summarise } from '../e2e/measure.js';
import type { Slice } from '../e2e/measure.js';
import { cpuMicrosOf, parseStat, pidsOf, treeOf } from '../e2e/proc.js';
import { FLOORS, formatScenario, formatTargets, TARGETS } from '../e2e/table.js';

/** A line of /proc/PID/stat: fields 14 to 17 are utime, stime, cutime and cstime. */
const LINE =
  '4321 (php-fpm: pool) (x) S 1234 4321 4321 0 -1 4194560 801 9 0 0 150 27 3 4 20 0 1 0 99887 202 77 18446744073709551615 0 0';

describe('/proc/PID/stat', () => {
  test('is read past a name with blanks and parentheses', () => {
    expect(parseStat(LINE)).toEqual({ pid: 4321, parent: 1234, ticks: 177, childTicks: 7 });
  });

  test.each(['', 'nothing', '1 (sh) S 0'])('%o is no line of it', (text) => {
    expect(() => parseStat(text)).toThrow(RangeError);
  });

  test('a tree is a process, its children and theirs', () => {
    const stat = (pid: number, parent: number) => ({ pid, parent, ticks: 0, childTicks: 0 });
    const all = [stat(5, 4), stat(4, 2), stat(2, 1), stat(3, 1), stat(6, 3)];
    expect(treeOf(2, all).map(({ pid }) => pid)).toEqual([2, 4, 5]);
    expect(treeOf(7, all)).toEqual([]);
  });

  test('this process is in its own tree, and has taken time', () => {
    expect(pidsOf(process.pid)).toContain(process.pid);
    expect(cpuMicrosOf(process.pid)).toBeGreaterThan(0);
  });
});

describe('the result of wrk', () => {
  const line = '{"requests":3,"micros":1000000,"errors":0,"p50":1,"p90":2,"p99":3}';

  test('is the line of JSON among others', () => {
    expect(parseWrk(`Running 1s test\n  Latency 1ms\n\n${line}\n`)).toMatchObject({ requests: 3, p99: 3 });
  });

  test('must be there, and must tell of answers', () => {
    expect(() => parseWrk('unable to connect')).toThrow(/without a result/);
    expect(() => parseWrk(line.replace('3', '0'))).toThrow(/no answer/);
  });
});

describe('a table', () => {
  const slice = (cpu: number): Slice => ({
    rate: 1000,
    p50: 500,
    p90: 900,
    p99: 1500,
    cpu,
    nginxCpu: 20,
    errors: 0,
  });
  const result = {
    scenario: 'hello',
    backends: [
      summarise(TARGETS[0].one, [slice(30), slice(10), slice(20)]),
      summarise(NODE_KEEP, [slice(60), slice(20), slice(50)]),
    ],
  };

  test('forms the ratio inside each round', () => {
    expect(cpuRatio(result, TARGETS[0].one, NODE_KEEP)?.median).toBe(0.5);
    expect(cpuRatio(result, TARGETS[0].one, 'nobody')).toBeNull();
  });

  test('shows medians, and what is met', () => {
    const [, , first] = formatScenario(result).split('\n');
    expect(first.trim().split(/ {3,}/)).toEqual([
      ...[TARGETS[0].one, '1000', '0.50', '0.90', '1.50', '20.0', '20.0', '0.50', '0.45 to 0.50'],
    ]);
    expect(formatTargets([result])).toContain('0.50 (0.45 to 0.50), at most 0.55: met');
  });

  test('says how many answers were wrong', () => {
    const failed = summarise('x', [
      { ...slice(1), errors: 2 },
      { ...slice(1), errors: 3 },
    ]);
    expect(formatScenario({ scenario: 's', backends: [failed] })).toContain('x (5 errors)');
  });

  test('compares back ends that there are', () => {
    const names = BACKENDS.map(({ name }) => name);
    for (const { one, other } of [...TARGETS, ...FLOORS])
      expect(names).toEqual(expect.arrayContaining([one, other]));
  });
});
