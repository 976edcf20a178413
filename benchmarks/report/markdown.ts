import { markdownTable } from '../markdown.js';
import { cpuRatio } from '../e2e/measure.js';
import type { ScenarioResult } from '../e2e/measure.js';
import { NODE_KEEP } from '../e2e/backends.js';
import { percent } from '../profile.js';
import type { FunctionShare } from '../profile.js';
import type { CaseResult } from '../run.js';
import type { Quartiles } from '../stats.js';
import type { Chart } from './charts.js';
import type { Measured, Saved } from './results.js';
import { MISSED } from './missed.js';
import { targetRows } from './targets.js';

/** Functions of each profile. */
const PROFILED = 6;

/** RESULTS.md: every number that was saved, and what of the targets is met. */
export function resultsPage(saved: Saved, charts: readonly Chart[]): string {
  const pictures = (tables: readonly string[]): string =>
    charts
      .filter((chart) => tables.includes(chart.of))
      .map(({ file, title }) => `\n\n![${title}](charts/${file})`)
      .join('');
  const parts = [
    `# Results

Written by \`npm run bench -- --charts\` from what was measured and saved last; do not edit. What the numbers mean and how
they are measured: [README.md](README.md). Quote ratios: they carry from machine to machine, times do not.`,
    `## Targets\n\n${targets(saved)}`,
    ...reasons(saved),
    ...section('Behind nginx', saved.e2e, (result) => `${scenario(result)}${pictures([result.scenario])}`),
    ...section('Codecs', saved.bench, (result) => `${codec(result)}${pictures([result.name])}`),
    ...growth(saved, pictures),
  ];
  return `${parts.join('\n\n')}\n`;
}

function targets(saved: Saved): string {
  const rows = targetRows(saved).map(({ work, compared, target, value, met }) => [
    work,
    compared,
    target,
    value === null ? 'not measured' : value.toFixed(2),
    met === null ? '' : met ? 'met' : '**missed**',
  ]);
  return markdownTable([['work', 'compared with', 'target', 'measured', ''], ...rows], 2);
}

/** Why targets are missed, one paragraph for each, and where the time goes. */
function reasons(saved: Saved): string[] {
  const missed = targetRows(saved).filter(({ met }) => met === false);
  const works = [...new Set(missed.map(({ work }) => work))];
  if (works.length === 0) return [];
  const lines = works.map((work) => `- **${work}**: ${MISSED[work]?.why ?? 'not looked into yet.'}`);
  return [`Why, and what would be needed:\n\n${lines.join('\n')}`, ...profiles(saved, works)];
}

/** The profiles of these works, a row for each. */
function profiles(saved: Saved, works: readonly string[]): string[] {
  const rows = works.flatMap((work) => {
    const begins = MISSED[work]?.profile ?? '';
    const found = saved.profiles.find(({ name }) => begins !== '' && name.startsWith(begins));
    return found === undefined ? [] : [[work, found.functions.slice(0, PROFILED).map(share).join(', ')]];
  });
  if (rows.length === 0) return [];
  return [
    `Where the time goes: the functions with most CPU time of their own, what V8 has inlined into them included.
\`npm run bench -- --profile\` and \`npm run bench:e2e -- --profile\` show more of them.`,
    markdownTable([['work', 'self time'], ...rows], 2),
  ];
}

function share(entry: FunctionShare): string {
  const name = entry.name.startsWith('(') ? entry.name : `\`${entry.name}\``;
  return `${name} ${percent(entry.share)}`;
}

function section<Result>(
  title: string,
  measured: Measured<Result> | null,
  format: (result: Result) => string,
): string[] {
  if (measured === null) return [];
  const { command, machine, how, date } = measured;
  return [`## ${title}\n\n\`${command}\` on ${date}: ${machine}; ${how}.`, ...measured.results.map(format)];
}

function scenario(result: ScenarioResult): string {
  const head = [
    '',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'CPU ms/1,000',
    'nginx ms/1,000',
    'CPU x node:http',
    'middle half',
  ];
  const rows = result.backends.map((backend) => {
    const share = cpuRatio(result, backend.name, NODE_KEEP);
    return [
      backend.name,
      backend.rate.median.toFixed(0),
      (backend.p50.median / 1000).toFixed(2),
      (backend.p99.median / 1000).toFixed(2),
      backend.cpu.median.toFixed(1),
      backend.nginxCpu.median.toFixed(1),
      ...ratioCells(share),
    ];
  });
  return `### ${result.scenario}\n\n${markdownTable([head, ...rows])}`;
}

function codec({ name, work, peers }: CaseResult): string {
  const rows = peers.map((peer) => [
    peer.name,
    (1e9 / peer.rate.median).toFixed(0),
    ...ratioCells(peer.ratio),
  ]);
  const table = markdownTable([['', 'ns per operation', 'ours is x', 'middle half'], ...rows]);
  return `### ${name}\n\n${work.charAt(0).toUpperCase()}${work.slice(1)}.\n\n${table}`;
}

function growth({ growth: measured }: Saved, pictures: (tables: readonly string[]) => string): string[] {
  if (measured === null) return [];
  const rows = measured.results.map(({ name, axis, exponent, samples, memory }) => {
    const [first, last] = [samples[0], samples[samples.length - 1]];
    return [
      name,
      axis,
      `${first.size} to ${last.size}`,
      exponent.toFixed(2),
      `${(first.liveBytes / 1024).toFixed(0)} to ${(last.liveBytes / 1024).toFixed(0)}`,
      memory,
    ];
  });
  const head = ['case', 'what grows', 'from, to', 'exponent of time', 'KiB in use', 'memory may'];
  const { command, machine, how, date } = measured;
  return [
    `## Growth\n\n\`${command}\` on ${date}: ${machine}; ${how}.`,
    markdownTable(
      [head, ...rows.map((row) => [...row.slice(0, 5), row[5] === 'flat' ? 'not grow' : 'grow'])],
      2,
    ) + pictures([...new Set(measured.results.map(({ axis }) => axis))]),
  ];
}

function ratioCells(ratio: Quartiles | null): string[] {
  if (ratio === null) return ['', ''];
  return [ratio.median.toFixed(2), `${ratio.lower.toFixed(2)} to ${ratio.upper.toFixed(2)}`];
}
