import { describe, expect, test } from 'vitest';
import { markdownTable, textTable } from '../markdown.js';
import { barChart, lineChart, themed } from '../report/chart.js';
import { claimsPage } from '../report/claims.js';
import { resultsPage } from '../report/markdown.js';
import type { Saved } from '../report/results.js';
import { rateRatio, targetRows } from '../report/targets.js';

const quartiles = (median: number) => ({ lower: median, median, upper: median });

const decode = {
  name: 'uwsgi/decode/get-25',
  work: 'made up',
  peers: [
    { name: 'decodeHeader + decodeVars', rate: quartiles(2e6), ratio: null },
    { name: 'JSON.parse(object)', rate: quartiles(5e5), ratio: quartiles(4) },
    { name: 'llhttp, the equivalent HTTP request', rate: quartiles(1e6), ratio: quartiles(2) },
  ],
};

const saved: Saved = {
  bench: {
    command: 'npm run bench',
    machine: 'a machine',
    how: 'somehow',
    date: '2026-01-02',
    results: [decode],
  },
  e2e: null,
  growth: null,
  profiles: [],
};

describe('a table', () => {
  test('in Markdown is laid out', () => {
    expect(
      markdownTable([
        ['a', 'value'],
        ['name', '1'],
      ]),
    ).toBe('| a    | value |\n| ---- | ----: |\n| name |     1 |');
  });

  test('as text has no blanks at its ends', () => {
    expect(
      textTable([
        ['a', 'bb', ''],
        ['ccc', '1', ''],
      ]),
    ).toBe('a     bb\nccc    1\n');
  });
});

describe('the ratio of two rows', () => {
  test.each([
    ['decodeHeader + decodeVars', 'JSON.parse(object)', 4],
    ['JSON.parse(object)', 'decodeHeader + decodeVars', 0.25],
    ['llhttp, the equivalent HTTP request', 'JSON.parse(object)', 2],
  ])('%s / %s is %d', (one, other, expected) => {
    expect(rateRatio([decode], decode.name, one, other)).toBe(expected);
  });

  test('is null for what was not measured', () => {
    expect(rateRatio([decode], decode.name, 'decodeHeader + decodeVars', 'nobody')).toBeNull();
    expect(rateRatio([], decode.name, 'a', 'b')).toBeNull();
  });
});

describe('the pages', () => {
  test('a target is met, missed or not measured', () => {
    const rows = targetRows(saved);
    expect(rows[0]).toMatchObject({ target: '>= 3.5 x', value: 4, met: true });
    expect(rows.slice(1).every(({ value, met }) => value === null && met === null)).toBe(true);
  });

  test('results name the machine and every row', () => {
    const page = resultsPage(saved, [{ of: decode.name, file: 'x.svg', title: 'X', svg: '' }]);
    expect(page).toContain('`npm run bench` on 2026-01-02: a machine; somehow.');
    expect(page).toMatch(/\| JSON\.parse\(object\) +\| +2000 \| +4\.00 \| 4\.00 to 4\.00 \|/);
    expect(page).toContain('![X](charts/x.svg)');
  });

  test('claims take their verdicts from the numbers', () => {
    const page = claimsPage(saved);
    expect(page).toMatch(/\| rate of decodeVars \/ llhttp +\| binary is faster +\| +2\.00 \|/);
    expect(page).toMatch(/\| behind nginx: CPU time of uwsgi \/ FastCGI kept +\| not measured/);
  });
});

describe('a chart', () => {
  test('of bars has a bar and a value for each, and follows the theme', async () => {
    const svg = await barChart('T', 'ms', [
      { name: 'ours', value: 1, ours: true },
      { name: 'theirs', value: 2.5, ours: false },
    ]);
    expect(svg).toMatch(/^<svg [^>]*><style>/);
    for (const text of ['>T<', '>ours<', '>theirs<', '>1.0<', '>2.5<']) expect(svg).toContain(text);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).not.toMatch(/#010203|#040506|#070809/);
    expect(svg, 'a ground of its own').toMatch(/<rect [^>]*class="paper"/);
  });

  test('of bars cuts one that would leave nothing of the others, and says so', async () => {
    const svg = await barChart('T', 'ms', [
      { name: 'ours', value: 2, ours: true },
      { name: 'slow', value: 24, ours: false },
      { name: 'slower', value: 900, ours: false },
    ]);
    for (const text of ['>24.0<', '>900, cut<', '>ms; blue is gatewire; the longest are cut<'])
      expect(svg).toContain(text);
  });

  test('of bars leaves room for long names', async () => {
    const name = 'a'.repeat(60);
    expect(await barChart('T', 'ms', [{ name, value: 1, ours: true }])).toContain(`>${name}<`);
  });

  test('of lines has a line for each', async () => {
    const svg = await lineChart('T', 'x', 'y', [
      { line: 'a', x: 1, y: 10 },
      { line: 'a', x: 10, y: 100 },
      { line: 'b', x: 1, y: 5 },
    ]);
    expect(svg).toContain('>a<');
    expect(svg).toContain('>b<');
  });

  test('of lines has ticks at powers of ten', async () => {
    const svg = await lineChart('T', 'x', 'y', [
      { line: 'a', x: 3, y: 0.2 },
      { line: 'a', x: 40_000, y: 30 },
    ]);
    for (const text of ['>1<', '>10<', '>100<', '>1k<', '>10k<', '>100k<', '>0.1<'])
      expect(svg).toContain(text);
    expect(svg).not.toMatch(/>2k<|>100m</);
  });

  test('keeps colours that mean something', () => {
    expect(themed('<svg><path fill="#3b82f6"/></svg>')).toContain('fill="#3b82f6"');
  });
});
