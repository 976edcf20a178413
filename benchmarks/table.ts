import type { CaseResult, PeerResult } from './run.js';
import type { Quartiles } from './stats.js';

const HEAD = ['', 'ns per operation', 'ours is', 'middle half'];

/** The results as text: a table per case. The ratio says how many times the peer's rate ours is. */
export function formatResults(results: readonly CaseResult[]): string {
  return results.map(formatCase).join('\n');
}

function formatCase({ name, work, peers }: CaseResult): string {
  const rows = [HEAD, ...peers.map(formatPeer)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => pad(cell, widths[column], column)).join('   ')}`.trimEnd(),
  );
  return `${name}: ${work}\n${lines.join('\n')}\n`;
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function formatPeer({ name, rate, ratio }: PeerResult): string[] {
  const time = (1e9 / rate.median).toFixed(0);
  return ratio === null ? [name, time, '', ''] : [name, time, `${ratio.median.toFixed(2)} x`, spread(ratio)];
}

function spread({ lower, upper }: Quartiles): string {
  return `${lower.toFixed(2)} to ${upper.toFixed(2)}`;
}
