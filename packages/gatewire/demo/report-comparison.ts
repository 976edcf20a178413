import { elide, visible } from '../src/show-bytes.js';
import { differencesOf, isWebServers, problemsBetween } from './compare.js';
import type { DemoExchange } from './exchange.js';
import type { Layout } from './layout.js';

/** The variables that were not the same over both, in a column for each. */
export function differenceLines(layout: Layout, first: DemoExchange, second: DemoExchange): string[] {
  const { dim } = layout.paint;
  const columns = Math.floor((layout.valueColumns - 2) / 2);
  const cell = (value: string | null): string => {
    const shown = value === null ? '(none)' : value === '' ? '(empty)' : elide(visible(value), columns);
    return value === null || value === '' ? dim(shown.padEnd(columns)) : shown.padEnd(columns);
  };
  const differences = differencesOf(first.environ, second.environ);
  const rows = differences.map((one) =>
    layout.variable(one.name, `${cell(one.first)}  ${cell(one.second)}`.trimEnd()),
  );
  const why = differences.every(isWebServers) ? ', which the web server sets' : '';
  const heads = [first, second].map(({ gateway }) => `over ${gateway}_pass`.padEnd(columns));
  return [
    dim(layout.fit(`the same but for ${differences.length} variables${why}:`)),
    dim(`${' '.repeat(layout.options.width - layout.valueColumns - 2)}${heads.join('  ').trimEnd()}`),
    ...rows,
  ];
}

/** How the answers are alike, in one line. */
export function likenessLine(layout: Layout, first: DemoExchange, second: DemoExchange): string {
  const sizes = [first, second].map(({ answer }) => bytes(Buffer.byteLength(answer.body)));
  const same = problemsBetween(first, second).length === 0;
  const like = same ? 'the same but for the lines of those variables' : 'another one';
  const text = `over ${second.gateway}_pass ${like}: ${sizes[1]} instead of ${sizes[0]}`;
  return layout.paint.dim(layout.fit(text));
}

/** Sizes and times, a line for each exchange. */
export function measureLines(layout: Layout, exchanges: readonly DemoExchange[]): string[] {
  const { dim } = layout.paint;
  const rows = exchanges.map(({ sent, returned, timings }) => [
    bytes(sent.size),
    bytes(returned.size),
    ...timings.map(([, ms]) => `${ms.toFixed(1)} ms`),
  ]);
  const heads = ['sent', 'returned', ...(exchanges[0]?.timings ?? []).map(([what]) => what)];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(12), ...cells.map((cell, i) => cell.padStart(widths[i]))].join('  ');
  return [
    dim(line('', heads)),
    ...exchanges.map(({ gateway }, i) => line(`${gateway}_pass`, rows[i])),
    dim(layout.fit('one request each, after one of each that is not shown; npm run bench measures')),
  ];
}

function bytes(size: number): string {
  return `${size.toLocaleString('en')} bytes`;
}
