/**
 * @typedef {import('./merge.mjs').FileCoverage} FileCoverage
 *
 * @typedef {object} Count
 * @property {number} covered
 * @property {number} total
 *
 * @typedef {object} FileSummary
 * @property {string} path
 * @property {Count} lines
 * @property {Count} branches
 * @property {readonly number[]} uncoveredLines
 * @property {readonly number[]} uncoveredBranches The lines on which they start, each once.
 */

/**
 * A line counts when a statement starts on it, and is covered when one of those ran.
 * @param {string} path
 * @param {FileCoverage} coverage
 * @returns {FileSummary}
 */
export function summarise(path, { statementMap, s, branchMap, b }) {
  /** @type {Map<number, number>} */
  const lines = new Map();
  for (const [id, { start }] of Object.entries(statementMap))
    lines.set(start.line, Math.max(lines.get(start.line) ?? 0, s[id] ?? 0));
  const uncoveredLines = [...lines].filter(([, count]) => count === 0).map(([line]) => line);
  /** @type {number[]} */
  const missed = [];
  let total = 0;
  for (const [id, { loc, locations }] of Object.entries(branchMap))
    for (const [way, count] of (b[id] ?? []).entries()) {
      total++;
      // An `else` that is not written has no place.
      if (count === 0) missed.push(locations[way]?.start.line ?? loc.start.line);
    }
  return {
    path,
    lines: { covered: lines.size - uncoveredLines.length, total: lines.size },
    branches: { covered: total - missed.length, total },
    uncoveredLines: sorted(uncoveredLines),
    uncoveredBranches: sorted(missed),
  };
}

/** @param {readonly number[]} lines */
function sorted(lines) {
  return [...new Set(lines)].sort((a, b) => a - b);
}

/**
 * @param {readonly FileSummary[]} files
 * @param {'lines' | 'branches'} what
 * @returns {number} Percent, cut after two digits: 99.999 is not 100.
 */
export function percentage(files, what) {
  const covered = files.reduce((sum, file) => sum + file[what].covered, 0);
  const total = files.reduce((sum, file) => sum + file[what].total, 0);
  return total === 0 ? 100 : Math.floor((10_000 * covered) / total) / 100;
}

/**
 * `3, 7-9`
 * @param {readonly number[]} lines
 */
export function ranges(lines) {
  /** @type {[first: number, last: number][]} */
  const found = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last !== undefined && line === last[1] + 1) last[1] = line;
    else found.push([line, line]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
