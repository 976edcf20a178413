import { describe, expect, test } from 'vitest';
import { BACKENDS } from '../e2e/backends.js';
import { CASES } from '../cases.js';
import { formatProfiles, profileFlags, sharesOf } from '../profile.js';
import type { CpuProfile } from '../profile.js';
import { resultsPage } from '../report/markdown.js';
import { MISSED, MISSED_BACKENDS, MISSED_CASES } from '../report/missed.js';
import { targetRows } from '../report/targets.js';

const node = (id: number, functionName: string, url: string, lineNumber: number) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

/** 100 us of start, then 30 of a, 10 of waiting, 10 of b, 20 of the collector. */
const PROFILE: CpuProfile = {
  nodes: [
    node(1, 'start', 'file:x/bundle.mjs', 1),
    node(2, 'a', 'file:x/bundle.mjs', 2),
    node(3, '', 'file:x/bundle.mjs', 4),
    node(4, '(idle)', '', -1),
    node(5, '(garbage collector)', '', -1),
    node(6, 'a', 'file:x/bundle.mjs', 2),
  ],
  samples: [1, 2, 4, 3, 6, 5],
  timeDeltas: [100, 10, 10, 10, 20, 20],
};

const LINES = ['// packages/uwsgi/src/vars.ts', '', 'function a() {}', '// ../x/latin-1.ts', 'x = () => 1;'];

describe('shares of time', () => {
  test('are of the end of the profile, by function and source, without waiting', () => {
    expect(sharesOf(PROFILE, 60, () => LINES)).toEqual([
      { name: 'a', file: 'vars.ts', share: 0.5 },
      { name: '(garbage collector)', file: '', share: 20 / 60 },
      { name: '(anonymous)', file: 'latin-1.ts', share: 10 / 60 },
    ]);
  });

  test('are of everything when there is no more', () => {
    const all = sharesOf(PROFILE, 1e9, () => []);
    expect(all[0]).toEqual({ name: 'start', file: 'bundle.mjs', share: 100 / 160 });
    expect(all.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  test('are shown in percent', () => {
    const text = formatProfiles([{ name: 'work', functions: sharesOf(PROFILE, 60, () => LINES) }]);
    expect(text).toMatch(/^work\n.*\n {2}a +50 % +vars\.ts\n {2}\(garbage collector\) +33 %\n/);
  });

  test('are asked of node', () => {
    expect(profileFlags('/x')).toContain('--cpu-prof-dir=/x');
  });
});

describe('what is said of missed targets', () => {
  const nothing = { bench: null, e2e: null, growth: null, profiles: [] };

  test('is there for every target but that of growth, and no other', () => {
    const works = new Set(targetRows(nothing).map(({ work }) => work));
    works.delete('cost as input grows, the worst case');
    expect(Object.keys(MISSED).sort()).toEqual([...works].sort());
  });

  test('has a profile that the commands make', () => {
    const cases = CASES.filter(({ name }) => MISSED_CASES.test(name)).map(
      ({ name, peers }) => `${name}, ${peers[0].name}`,
    );
    const backends = BACKENDS.filter(({ name }) => MISSED_BACKENDS.test(name)).map(({ name }) => name);
    for (const missed of Object.values(MISSED))
      expect([...cases, ...backends].filter((name) => name.startsWith(missed?.profile ?? '?'))).not.toEqual(
        [],
      );
    expect([cases.length, backends.length]).toEqual([6, 2]);
  });

  test('stands in the results with its profile', () => {
    const quartiles = (median: number) => ({ lower: median, median, upper: median });
    const environ = {
      name: 'environ/get-25',
      work: 'made up',
      peers: [
        { name: 'UwsgiApplication + buildEnviron', rate: quartiles(1), ratio: null },
        { name: 'JSON.parse(object)', rate: quartiles(2), ratio: quartiles(0.5) },
      ],
    };
    const bench = { command: 'c', machine: 'm', how: 'h', date: 'd', results: [environ] };
    const profiles = [
      { name: 'environ/get-25, us', functions: sharesOf(PROFILE, 60, () => LINES) },
      { name: 'cycle/get-25, us', functions: [] },
    ];
    const page = resultsPage({ ...nothing, bench, profiles }, []);
    expect(page).toContain('- **decode and build the environ**: names that came before');
    expect(page).toMatch(/\| decode and build the environ \| `a` 50 %, \(garbage collector\) 33 %, /);
    expect(page).not.toContain('**whole cycle**');
    expect(resultsPage({ ...nothing, bench }, [])).not.toContain('self time');
  });
});
