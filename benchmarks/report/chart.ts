import * as vega from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';

// Drawn in these colours, which then become classes: light or dark is known only where the picture is shown. The ground is
// part of it: a page may be light where the reader's system is dark.
const INK = '#010203';
const RULE = '#040506';
const PAPER = '#070809';

const STYLE = `<style>
.ink{fill:#1f2328}.rule{stroke:#d0d7de}.paper{fill:#fff}
@media(prefers-color-scheme:dark){.ink{fill:#e6edf3}.rule{stroke:#3d444d}.paper{fill:#0d1117}}
</style>`;

const OURS = '#3b82f6';
const OTHERS = '#8b949e';

/** For lines, on a light and on a dark ground. */
const LINES = ['#3b82f6', '#f97316', '#ef4444', '#14b8a6', '#a855f7', '#84a30f'];

/** A bar longer than the first one by this factor would leave nothing of the others: it is cut. */
const LONGEST = 12;

/** Room for a letter, as a share of the size of the font: that of a wide font. Without a canvas Vega takes 0.8. */
const LETTER = 0.6;

// Exported, but not in the types.
const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: { fontSize?: number }, text: string) => number };
};
textMetrics.width = ({ fontSize = 11 }, text) => LETTER * fontSize * text.length;

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

/** Bars from the left, the value behind each, in the order given. Where one is cut, the axis says so. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): Promise<string> {
  const most = (bars[0]?.value ?? 0) * LONGEST;
  const isCut = bars.some(({ value }) => value > most);
  const values = bars.map(({ name, value, ours }) => ({
    name,
    ours,
    value: Math.min(value, most),
    label: value > most ? `${format(value)}, cut` : format(value),
  }));
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    axis: { title: null, ticks: false, domain: false, labelLimit: 600, labelPadding: 6 },
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
    axis: { title: `${unit}; blue is gatewire${isCut ? '; the longest are cut' : ''}`, tickCount: 5 },
    scale: { domainMax: Math.max(...values.map(({ value }) => value)) * 1.15 },
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
  const axis = (field: 'x' | 'y', name: string): object => {
    const values = powersOfTen(points.map((point) => point[field]));
    return {
      field,
      type: 'quantitative',
      scale: { type: 'log', domain: [values[0], values[values.length - 1]] },
      axis: { title: name, values, format: field === 'x' ? '~s' : '~g' },
    };
  };
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
        scale: { domain: lines, range: LINES },
        legend: { title: null, orient: 'bottom', columns: 2, labelLimit: 600 },
      },
    },
  });
}

/** The powers of ten from below the least to above the largest. */
function powersOfTen(values: readonly number[]): number[] {
  const [first, last] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
}

/** The colours of the place where it is shown, for those that stand for them. */
export function themed(svg: string): string {
  return svg
    .replace(/(<svg[^>]*>)/, `$1${STYLE}`)
    .replaceAll(`fill="${INK}"`, 'class="ink"')
    .replaceAll(`stroke="${RULE}"`, 'class="rule"')
    .replaceAll(`fill="${PAPER}"`, 'class="paper"');
}

async function draw(spec: object): Promise<string> {
  const config = {
    background: PAPER,
    padding: 10,
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
    },
    legend: { labelColor: INK, titleColor: INK },
  };
  const { spec: compiled } = compile({ ...spec, config } as unknown as TopLevelSpec);
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
  const svg = themed(await view.toSVG());
  view.finalize();
  return `${svg}\n`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 10 ? 3 : 2);
}
