import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';

// Drawn in these two colours, which then become classes: light or dark is known only where the picture is shown.
const INK = '#010203';
const RULE = '#040506';

const STYLE = `<style>
.ink{fill:#1f2328}.rule{stroke:#d0d7de}
@media(prefers-color-scheme:dark){.ink{fill:#e6edf3}.rule{stroke:#3d444d}}
</style>`;

const OURS = '#3b82f6';
const OTHERS = '#8b949e';

/** A bar: what it stands for, how long it is, whether it is ours. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly ours: boolean;
}

/** A point of a line. */
export interface Point {
  readonly line: string;
  readonly x: number;
  readonly y: number;
}

/** Bars from the left, the value behind each, in the order given. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): Promise<string> {
  const values = bars.map((bar) => ({ ...bar, label: format(bar.value) }));
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    axis: { title: null, ticks: false, domain: false, labelLimit: 320 },
  };
  const color = {
    field: 'ours',
    type: 'nominal',
    scale: { domain: [true, false], range: [OURS, OTHERS] },
    legend: null,
  };
  const x = {
    field: 'value',
    type: 'quantitative',
    axis: { title: unit, tickCount: 5 },
    scale: { domainMax: Math.max(...bars.map(({ value }) => value)) * 1.12 },
  };
  return draw({
    title,
    width: 420,
    height: { step: 24 },
    data: { values },
    encoding: { y, x },
    layer: [
      { mark: { type: 'bar', height: 15, cornerRadiusEnd: 2 }, encoding: { color } },
      {
        mark: { type: 'text', align: 'left', dx: 5, color: INK },
        encoding: { text: { field: 'label', type: 'nominal' } },
      },
    ],
  });
}

/** Lines on logarithmic axes. */
export function lineChart(
  title: string,
  xTitle: string,
  yTitle: string,
  points: readonly Point[],
): Promise<string> {
  const axis = (field: string, name: string): object => ({
    field,
    type: 'quantitative',
    scale: { type: 'log' },
    axis: { title: name, tickCount: 4, format: '~s', gridOpacity: 0.5 },
  });
  const lines = [...new Set(points.map(({ line }) => line))];
  return draw({
    title,
    width: 420,
    height: 240,
    data: { values: [...points] },
    mark: { type: 'line', point: true },
    encoding: {
      x: axis('x', xTitle),
      y: axis('y', yTitle),
      color: {
        field: 'line',
        type: 'nominal',
        scale: { domain: lines, scheme: 'tableau10' },
        legend: { title: null, orient: 'bottom', columns: 2, labelLimit: 300 },
      },
    },
  });
}

/** The colours of the place where it is shown, for the two that stand for them. */
export function themed(svg: string): string {
  return svg
    .replace(/(<svg[^>]*>)/, `$1${STYLE}`)
    .replaceAll(`fill="${INK}"`, 'class="ink"')
    .replaceAll(`stroke="${RULE}"`, 'class="rule"');
}

async function draw(spec: object): Promise<string> {
  const config = {
    background: null,
    font: 'system-ui, sans-serif',
    view: { stroke: null },
    title: { color: INK, anchor: 'start', fontSize: 13, fontWeight: 600 },
    axis: {
      labelColor: INK,
      titleColor: INK,
      gridColor: RULE,
      domainColor: RULE,
      tickColor: RULE,
      titleFontWeight: 400,
      labelLimit: 320,
    },
    legend: { labelColor: INK, titleColor: INK },
  };
  const { spec: compiled } = compile({ ...spec, config } as unknown as TopLevelSpec);
  const view = new View(parse(compiled), { renderer: 'none' });
  const svg = themed(await view.toSVG());
  view.finalize();
  return `${svg}\n`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 10 ? 3 : 2);
}
