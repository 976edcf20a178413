import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
// @ts-expect-error: it has no types
import { mergeScriptCovs } from '@bcoe/v8-coverage';
import convert from 'ast-v8-to-istanbul';
import { parseAst } from 'vitest/node';

/**
 * @typedef {Pick<import('node:inspector').Profiler.ScriptCoverage, 'url' | 'functions'>} ScriptCoverage
 * @typedef {{ line: number, column: number }} Position
 * @typedef {{ start: Position, end: Position }} Range
 * @typedef {{ type: string, loc: Range, locations: Range[] }} Branch
 *
 * @typedef {object} FileCoverage What istanbul has for a file.
 * @property {Record<string, Range>} statementMap
 * @property {Record<string, number>} s How often each statement ran.
 * @property {Record<string, Branch>} branchMap
 * @property {Record<string, number[]>} b How often each way of each branch was taken.
 *
 * @typedef {Record<string, FileCoverage>} Coverage By path.
 */

/**
 * What the programs that the tests started left in a folder, see `child.mjs`.
 * @param {string} folder
 * @returns {Promise<{ programs: number, coverages: Coverage[] }>} How many there were, and a coverage for each code that ran.
 */
export async function readChildren(folder) {
  /** @type {Map<string, ScriptCoverage[]>} */
  const scripts = new Map();
  const reports = readdirSync(folder).filter((name) => name.endsWith('.json'));
  for (const name of reports)
    for (const { hash, url, functions } of JSON.parse(readFileSync(join(folder, name), 'utf8')))
      scripts.set(hash, [...(scripts.get(hash) ?? []), { url, functions }]);
  /** @type {Coverage[]} */
  const coverages = [];
  for (const [hash, list] of scripts) {
    const url = list[0]?.url ?? '';
    // The same bundle has another address in each test's temporary folder.
    const merged = mergeScriptCovs(list.map((script) => ({ ...script, url })));
    const code = readFileSync(join(folder, `${hash}.js`), 'utf8');
    if (merged !== undefined) coverages.push(await convertScript(code, url, merged.functions));
  }
  return { programs: reports.length, coverages };
}

/**
 * @param {string} code
 * @param {string} url
 * @param {ScriptCoverage['functions']} functions
 * @returns {Promise<Coverage>}
 */
async function convertScript(code, url, functions) {
  const [, map = ''] =
    /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,(\S+)\s*$/.exec(code) ?? [];
  const sourceMap = JSON.parse(Buffer.from(map, 'base64').toString('utf8'));
  sourceMap.sources = sourceMap.sources.map((/** @type {string} */ source) => new URL(source, url).href);
  const ast = /** @type {any} */ (parseAst(code));
  return /** @type {any} */ (await convert({ code, ast, sourceMap, coverage: { url, functions } }));
}

/**
 * Adds what ran elsewhere to the coverage of a file. The two come from different compilers, which agree on where in the
 * source nearly all statements and branches start. What starts elsewhere, constants and some `if`, is known by its line
 * where it is the only one of its kind there.
 * @param {FileCoverage} base Is changed.
 * @param {FileCoverage} other
 */
export function addCoverage(base, other) {
  const ran = new Known(statementsOf(other));
  for (const [id, place] of statementsOf(base))
    base.s[id] = (base.s[id] ?? 0) + (other.s[ran.like(place) ?? ''] ?? 0);
  const taken = new Known(branchesOf(other));
  for (const [id, place] of branchesOf(base)) {
    const ways = other.b[taken.like(place) ?? ''] ?? [];
    base.b[id] = (base.b[id] ?? []).map((count, way) => count + (ways[way] ?? 0));
  }
}

/** @typedef {readonly [id: string, place: { readonly kind: string, readonly start: Position }]} Item */

/** @param {FileCoverage} coverage @returns {Item[]} */
const statementsOf = ({ statementMap }) =>
  Object.entries(statementMap).map(([id, { start }]) => [id, { kind: '', start }]);

/** @param {FileCoverage} coverage @returns {Item[]} */
const branchesOf = ({ branchMap }) =>
  Object.entries(branchMap).map(([id, { type, locations, loc }]) => {
    return [id, { kind: `${type} of ${locations.length}`, start: loc.start }];
  });

/** Statements or branches, to be found by place. */
class Known {
  /** @param {readonly Item[]} items */
  constructor(items) {
    /** @type {Map<string, string>} */
    this.byPlace = new Map();
    /** @type {Map<string, string | null>} `null` where a line has several. */
    this.byLine = new Map();
    for (const [id, { kind, start }] of items) {
      const line = `${kind} ${start.line}`;
      this.byPlace.set(`${line}:${start.column}`, id);
      this.byLine.set(line, this.byLine.has(line) ? null : id);
    }
  }

  /** @param {Item[1]} place */
  like({ kind, start }) {
    const line = `${kind} ${start.line}`;
    return this.byPlace.get(`${line}:${start.column}`) ?? this.byLine.get(line);
  }
}
