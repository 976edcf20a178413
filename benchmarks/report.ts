import { writeFileSync } from 'node:fs';
import { drawCharts } from './report/charts.js';
import { claimsPage } from './report/claims.js';
import { resultsPage } from './report/markdown.js';
import { loadResults, pathOf } from './report/results.js';

/** Draws the charts and writes RESULTS.md and CLAIMS.md from what is saved. Returns the names of the files. */
export async function writeReport(): Promise<string[]> {
  const saved = loadResults();
  const charts = await drawCharts(saved);
  writeFileSync(pathOf('RESULTS.md'), resultsPage(saved, charts));
  writeFileSync(pathOf('CLAIMS.md'), claimsPage(saved));
  return ['RESULTS.md', 'CLAIMS.md', ...charts.map(({ file }) => `charts/${file}`)];
}
