import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Profile } from './profile.js';
import { drawCharts } from './report/charts.js';
import { claimsPage } from './report/claims.js';
import { resultsPage } from './report/markdown.js';
import { loadResults, pathOf, saveResults, today } from './report/results.js';

/** Draws the charts and writes RESULTS.md and CLAIMS.md from what is saved. Returns the names of the files. */
export async function writeReport(): Promise<string[]> {
  const saved = loadResults();
  const charts = await drawCharts(saved);
  writeFileSync(pathOf('RESULTS.md'), resultsPage(saved, charts));
  writeFileSync(pathOf('CLAIMS.md'), claimsPage(saved));
  return ['RESULTS.md', 'CLAIMS.md', ...charts.map(({ file }) => `charts/${file}`)];
}

/** Keeps profiles, and writes the pages again. */
export async function saveProfiles(
  name: 'bench-profiles' | 'e2e-profiles',
  command: string,
  results: readonly Profile[],
): Promise<void> {
  const machine = `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown'}`;
  saveResults(name, { command, machine, how: 'self time by node --cpu-prof', date: today(), results });
  await writeReport();
}
