import { markdownTable, textTable } from '../markdown.js';
import type { Counted } from './callgrind.js';
import type { Work } from './works.js';

/** The committed table: what each work takes, with which engine. */
export interface InstructionTable {
  /** `process.version`. Another version compiles otherwise: its counts are not comparable to the percent. */
  readonly node: string;
  /** `process.arch`. */
  readonly arch: string;
  /** Instructions per operation, by the name of the work. */
  readonly instructions: Readonly<Record<string, number>>;
}

/** What a count may differ by from the table. Counts repeat to a few parts in a thousand. */
export const TOLERANCE = 0.03;

/** With another version of the same major version: Node 20.19.0 and 20.20.2 lie within one percent. */
export const LOOSE_TOLERANCE = 0.05;

/** Segments further apart than this were not warm: one garbage collection more or less is below it. */
const MOST_SPREAD = 0.06;

/** How the counts compare: `strict` with the table's own engine, `loose` within its major version, else not at all. */
export type Comparison = 'strict' | 'loose' | 'none';

export function comparisonOf(table: InstructionTable, node: string, arch: string): Comparison {
  if (arch !== table.arch || major(node) !== major(table.node)) return 'none';
  return node === table.node ? 'strict' : 'loose';
}

function major(version: string): string {
  return version.split('.')[0];
}

/** A line for each count that is not what the table says, or that no table can be made of. */
export function findDifferences(
  table: InstructionTable,
  counted: readonly Counted[],
  tolerance: number,
): string[] {
  return counted.flatMap(({ name, instructions, spread }) => {
    if (spread > MOST_SPREAD)
      return [`${name}: its segments lie ${percent(spread)} apart; it needs a longer warm-up`];
    if (!Object.hasOwn(table.instructions, name)) return [`${name}: not in the table`];
    const expected = table.instructions[name];
    const change = instructions / expected - 1;
    if (Math.abs(change) <= tolerance + 1e-9) return [];
    return [
      `${name}: ${instructions}, ${percent(Math.abs(change))} ${change > 0 ? 'more' : 'fewer'} than ${expected}`,
    ];
  });
}

/** Names that are in the table only: works that went away. */
export function leftOver(table: InstructionTable, works: readonly Work[]): string[] {
  return Object.keys(table.instructions).filter((name) => !works.some((work) => work.name === name));
}

export function makeTable(counted: readonly Counted[], node: string, arch: string): InstructionTable {
  const instructions = Object.fromEntries(counted.map((entry) => [entry.name, entry.instructions]));
  return { node, arch, instructions };
}

/** The counts as text, with what changed since the table. */
export function formatCounts(table: InstructionTable | null, counted: readonly Counted[]): string {
  const rows = counted.map(({ name, instructions, spread }) => {
    const before = table?.instructions[name];
    const change = before === undefined ? '' : signed(instructions / before - 1);
    return [name, String(instructions), change, percent(spread)];
  });
  return textTable([['', 'instructions', 'since the table', 'spread'], ...rows]);
}

/** The committed table for people. */
export function formatMarkdown(table: InstructionTable, works: readonly Work[]): string {
  const rows = works.map(({ name, does }) => [name, does, String(table.instructions[name])]);
  return `# Instructions per operation

Written by \`npm run bench:instructions -- --update\` with Node ${table.node} on ${table.arch}; do not edit. What it
means: [README.md](README.md#instructions).

${markdownTable([['work', 'one operation', 'instructions'], ...rows], 2)}

![Instructions of one operation](charts/instructions.svg)
`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function signed(share: number): string {
  return `${share < 0 ? '-' : '+'}${percent(Math.abs(share))}`;
}
