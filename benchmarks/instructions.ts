import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countAll } from './instructions/callgrind.js';
import type { Counted } from './instructions/callgrind.js';
import {
  comparisonOf,
  findDifferences,
  formatCounts,
  formatMarkdown,
  leftOver,
  LOOSE_TOLERANCE,
  makeTable,
  TOLERANCE,
} from './instructions/table.js';
import type { InstructionTable } from './instructions/table.js';
import { WORKS } from './instructions/works.js';
import { print, runCommand } from './main.js';
import { Progress } from './progress.js';
import { writeReport } from './report.js';

const USAGE = `Usage: npm run bench:instructions -- [options]

Counts the instructions of one operation of the hot paths under valgrind, and compares them with the committed table.
Exit code 1 when one differs by more than ${TOLERANCE * 100} %.

  --update       writes the table: benchmarks/instructions.json, benchmarks/INSTRUCTIONS.md and its chart
  --only REGEX   the works whose name matches
  --json         the counts as JSON on stdout
  --list         names the works and counts nothing
  --help         this text
`;

const TABLE = fileURLToPath(new URL('./instructions.json', import.meta.url));
const TEXT = fileURLToPath(new URL('./INSTRUCTIONS.md', import.meta.url));

const OPTIONS = {
  update: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return print(USAGE);
  const only = new RegExp(values.only);
  const works = WORKS.filter(({ name }) => only.test(name));
  if (works.length === 0) throw new RangeError(`no work matches ${values.only}; --list names them`);
  if (values.update && values.only !== '')
    throw new RangeError('--update writes the whole table: without --only');
  if (values.list) return print(works.map(({ name, does }) => `${name.padEnd(18)}${does}\n`).join(''));

  const progress = new Progress();
  const counted = await countAll(works, (done, name) => progress.show(done / works.length, name));
  progress.end();
  if (values.update) return await update(counted);
  const table = JSON.parse(readFileSync(TABLE, 'utf8')) as InstructionTable;
  print(
    values.json
      ? `${JSON.stringify(makeTable(counted, process.version, process.arch), null, 2)}\n`
      : formatCounts(table, counted),
  );
  return judge(table, counted);
}

async function update(counted: readonly Counted[]): Promise<number> {
  const table = makeTable(counted, process.version, process.arch);
  print(formatCounts(null, counted));
  const unsteady = findDifferences(table, counted, TOLERANCE);
  for (const line of unsteady) process.stderr.write(`${line}\n`);
  if (unsteady.length > 0) return 1;
  writeFileSync(TABLE, `${JSON.stringify(table, null, 2)}\n`);
  writeFileSync(TEXT, formatMarkdown(table, WORKS));
  await writeReport();
  return 0;
}

function judge(table: InstructionTable, counted: readonly Counted[]): number {
  const comparison = comparisonOf(table, process.version, process.arch);
  const tolerance = comparison === 'strict' ? TOLERANCE : LOOSE_TOLERANCE;
  const here = `Node ${process.version} on ${process.arch}`;
  const there = `Node ${table.node} on ${table.arch}`;
  if (comparison === 'none') {
    process.stderr.write(`not compared: this is ${here}, and the table is of ${there}\n`);
    return 0;
  }
  if (comparison === 'loose')
    process.stderr.write(
      `compared within ${tolerance * 100} % only: this is ${here}, and the table is of ${there}\n`,
    );
  const differences = findDifferences(table, counted, tolerance);
  differences.push(...leftOver(table, WORKS).map((name) => `${name}: in the table, but no work`));
  for (const line of differences) process.stderr.write(`${line}\n`);
  if (differences.length > 0)
    process.stderr.write('The table has to tell the truth: npm run bench:instructions -- --update\n');
  return differences.length > 0 ? 1 : 0;
}

runCommand('bench:instructions', main);
