import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { GROWTH_CASES } from './growth/cases.js';
import { AIMED_EXPONENT, faultsOf, formatGrowth, measureGrowth, MOST_EXPONENT } from './growth/measure.js';
import { print, runCommand } from './main.js';
import { Progress } from './progress.js';
import { saveResults, today } from './report/results.js';
import { writeReport } from './report.js';

const USAGE = `Usage: npm run bench:growth -- [options]

Measures how time and memory grow with the input. Exit code 1 when time grows with more than the power ${MOST_EXPONENT}
of the size, or memory that must not grow does. The aim is ${AIMED_EXPONENT}.

  --only REGEX   the cases whose name matches
  --save         keeps the results in benchmarks/results and writes the pages and charts again
  --json         the results as JSON on stdout
  --list         names the cases and measures nothing
  --help         this text
`;

const OPTIONS = {
  only: { type: 'string', default: '' },
  save: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return print(USAGE);
  if (values.save && values.only !== '') throw new RangeError('--save keeps all results: without --only');
  const only = new RegExp(values.only);
  const cases = GROWTH_CASES.filter(({ name }) => only.test(name));
  if (cases.length === 0) throw new RangeError(`no case matches ${values.only}; --list names them`);
  if (values.list)
    return print(cases.map(({ name, axis, sizes }) => `${name}: ${sizes.join(', ')} ${axis}\n`).join(''));

  const progress = new Progress();
  const results = cases.map((subject, i) =>
    measureGrowth(subject, (size) => {
      const share = (i + subject.sizes.indexOf(size) / subject.sizes.length) / cases.length;
      progress.show(Math.max(share, 0.001), subject.name);
    }),
  );
  progress.end();
  const report = { node: process.version, results };
  print(values.json ? `${JSON.stringify(report, null, 2)}\n` : formatGrowth(results));
  if (values.save) {
    const machine = `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown'}`;
    const how = 'the best of seven runs; the exponent is that of the three largest sizes';
    saveResults('growth', { command: 'npm run bench:growth', machine, how, date: today(), results });
    await writeReport();
  }
  const faults = results.flatMap(faultsOf);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  return faults.length > 0 ? 1 : 0;
}

runCommand('bench:growth', main);
