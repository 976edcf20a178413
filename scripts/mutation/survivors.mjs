// What became of the mutants, and the lists of those that may live: packages/NAME/MUTANTS.md.

/**
 * @typedef {object} Position As Stryker counts: from 1.
 * @property {number} line
 * @property {number} column
 *
 * @typedef {object} Mutant
 * @property {string} status
 * @property {string} [replacement]
 * @property {{ start: Position, end: Position }} location
 *
 * @typedef {object} MutationReport As Stryker's `json` reporter writes it.
 * @property {Record<string, { source: string, mutants: readonly Mutant[] }>} files
 *
 * @typedef {object} Survivor
 * @property {string} file Relative to the package.
 * @property {string} was The lines that are changed, without the white space around them.
 * @property {string} becomes The same lines with the change. No line numbers: edits elsewhere must not make it another.
 *
 * @typedef {Survivor & { reason: string }} Row A survivor in the list.
 */

const DETECTED = ['Killed', 'Timeout'];
const UNDETECTED = ['Survived', 'NoCoverage'];
/** Longer pieces of code lose their middle. */
const LONGEST = 100;

/**
 * How many mutants the tests noticed. Those that could not be run count for nothing.
 * @param {MutationReport} report
 */
export function countMutants(report) {
  const statuses = Object.values(report.files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const detected = statuses.filter((status) => DETECTED.includes(status)).length;
  const timedOut = statuses.filter((status) => status === 'Timeout').length;
  const survived = statuses.filter((status) => UNDETECTED.includes(status)).length;
  const all = detected + survived;
  return { all, detected, timedOut, survived, score: all === 0 ? 0 : (100 * detected) / all };
}

/**
 * The mutants that no test noticed, in the order of the sources.
 * @param {MutationReport} report
 * @param {string} folder Of the package; `files` in the report are relative to the folder above it all.
 * @returns {Survivor[]}
 */
export function survivorsOf(report, folder) {
  return Object.entries(report.files).flatMap(([path, { source, mutants }]) =>
    mutants
      .filter(({ status }) => UNDETECTED.includes(status))
      .map((mutant) => ({ mutant, at: offsetOf(source, mutant.location.start) }))
      .sort((a, b) => a.at - b.at)
      .map(({ mutant, at }) => ({
        file: path.slice(folder.length + 1),
        ...changedLines(source, at, offsetOf(source, mutant.location.end), mutant.replacement ?? ''),
      })),
  );
}

/**
 * @param {string} source
 * @param {Position} position
 */
function offsetOf(source, { line, column }) {
  const before = source.split('\n').slice(0, line - 1);
  return before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
}

/**
 * @param {string} source
 * @param {number} start
 * @param {number} end
 * @param {string} replacement
 */
function changedLines(source, start, end, replacement) {
  const before = source.slice(source.lastIndexOf('\n', start - 1) + 1, start);
  const after = source.slice(end, `${source}\n`.indexOf('\n', end));
  /** @param {string} middle */
  const line = (middle) => squeeze(before + shorten(squeeze(middle)) + after).trim();
  return { was: line(source.slice(start, end)), becomes: line(replacement) };
}

/** @param {string} code */
const squeeze = (code) => code.replace(/\s+/g, ' ');

/** @param {string} code */
const shorten = (code) =>
  code.length <= LONGEST ? code : `${code.slice(0, LONGEST / 2)} … ${code.slice(-LONGEST / 2)}`;

/** @param {Survivor} survivor */
const keyOf = ({ file, was, becomes }) => JSON.stringify([file, was, becomes]);

/**
 * Compares survivors with the list. The same line may stand in a file twice: then each survivor needs a row.
 * @param {readonly Survivor[]} survivors
 * @param {readonly Row[]} rows
 * @param {readonly string[]} files That mutants were made of, relative to the package: rows of others are left alone.
 * @returns {{ fresh: Survivor[], gone: Row[], kept: Row[] }} Survivors without a row, rows without a survivor, the rest
 *   of the rows.
 */
export function compareSurvivors(survivors, rows, files) {
  const open = [...survivors];
  /** @type {Row[]} */
  const gone = [];
  /** @type {Row[]} */
  const kept = [];
  for (const row of rows) {
    const index = open.findIndex((survivor) => keyOf(survivor) === keyOf(row));
    if (index >= 0) open.splice(index, 1);
    (index >= 0 || !files.includes(row.file) ? kept : gone).push(row);
  }
  return { fresh: open, gone, kept };
}

/**
 * The rows of a list.
 * @param {string} text
 * @returns {Row[]}
 */
export function parseList(text) {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('| `')) return [];
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
    const [, file = '', was = '', becomes = '', reason = ''] = cells;
    return [{ file: uncode(file), was: uncode(was), becomes: uncode(becomes), reason }];
  });
}

/**
 * A list with these rows.
 * @param {string} name Of the package's folder.
 * @param {readonly Row[]} rows
 */
export function formatList(name, rows) {
  const lines = [...rows]
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
    .map(({ file, was, becomes, reason }) => {
      const cells = [code(file), code(was), code(becomes), reason].map((cell) => cell.replaceAll('|', '\\|'));
      return `| ${cells.join(' | ').trimEnd()} |`;
    });
  return `# Mutants that live

\`npm run mutation -- --package ${name}\` changes the sources in every way it knows and runs the tests against each change.
These changes no test notices, each for a reason.

${lines.length === 0 ? 'None.' : ['<!-- prettier-ignore -->', '| File | Was | Becomes | Why no test notices |', '| --- | --- | --- | --- |', ...lines].join('\n')}
`;
}

/** @param {string} text */
const code = (text) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

/** @param {string} cell */
const uncode = (cell) =>
  cell.startsWith('`` ') ? cell.slice(3, -3) : cell.replace(/^`/, '').replace(/`$/, '');
