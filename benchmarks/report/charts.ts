import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { InstructionTable } from '../instructions/table.js';
import { barChart, lineChart } from './chart.js';
import { pathOf } from './results.js';
import type { Saved } from './results.js';

/** A picture: the name of its file, and what it shows. */
export interface Chart {
  /** The table that it belongs to: a case, a scenario, or what grows. */
  readonly of: string;
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

/** How our rows begin. */
const OURS =
  /^(FcgiApplication|Uwsgi|decode|encode|records|build|(uwsgi|FastCGI): (encode|\w+Application)|gatewire)/;

/** Draws a chart for every table and replaces those that are there. */
export async function drawCharts(saved: Saved): Promise<Chart[]> {
  const charts = [
    ...(await serverCharts(saved)),
    ...(await codecCharts(saved)),
    ...(await growthCharts(saved)),
    await instructionChart(),
  ];
  mkdirSync(pathOf('charts'), { recursive: true });
  for (const name of readdirSync(pathOf('charts'))) rmSync(pathOf(`charts/${name}`));
  for (const { file, svg } of charts) writeFileSync(pathOf(`charts/${file}`), svg);
  return charts;
}

function codecCharts({ bench }: Saved): Promise<Chart[]> {
  return Promise.all(
    (bench?.results ?? []).map(async ({ name, peers }) => {
      const bars = peers.map((peer) => ({
        name: peer.name,
        value: peer.ratio?.median ?? 1,
        ours: OURS.test(peer.name),
      }));
      const title = `${name}: CPU time, the first row is 1`;
      const svg = await barChart(title, 'shorter is better', bars);
      return { of: name, file: `${fileName(name)}.svg`, title, svg };
    }),
  );
}

function serverCharts({ e2e }: Saved): Promise<Chart[]> {
  return Promise.all(
    (e2e?.results ?? []).map(async ({ scenario, backends }) => {
      const bars = backends.map(({ name, cpu }) => ({
        name,
        value: cpu.median,
        ours: OURS.test(name),
      }));
      const title = `${scenario} behind nginx: CPU time of the back end for 1,000 requests`;
      const svg = await barChart(title, 'milliseconds, shorter is better', bars);
      return { of: scenario, file: `e2e-${fileName(scenario)}.svg`, title, svg };
    }),
  );
}

function growthCharts({ growth }: Saved): Promise<Chart[]> {
  const results = growth?.results ?? [];
  const axes = [...new Set(results.map(({ axis }) => axis))];
  return Promise.all(
    axes.map(async (axis) => {
      const points = results
        .filter((result) => result.axis === axis)
        .flatMap(({ name, samples }) =>
          samples.map(({ size, micros }) => ({ line: name, x: size, y: micros })),
        );
      const title = `CPU time against ${axis}`;
      const svg = await lineChart(title, axis, 'microseconds', points);
      return { of: axis, file: `growth-${fileName(axis)}.svg`, title, svg };
    }),
  );
}

/** The committed table of instructions. */
async function instructionChart(): Promise<Chart> {
  const { instructions } = JSON.parse(readFileSync(pathOf('instructions.json'), 'utf8')) as InstructionTable;
  const bars = Object.entries(instructions).map(([name, value]) => ({
    name,
    value,
    ours: name !== 'JSON.parse',
  }));
  const title = 'Instructions of one operation';
  const svg = await barChart(title, 'fewer is better', bars);
  return { of: 'instructions', file: 'instructions.svg', title, svg };
}

function fileName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
