import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ScenarioResult } from '../e2e/measure.js';
import type { GrowthResult } from '../growth/measure.js';
import type { Profile } from '../profile.js';
import type { CaseResult } from '../run.js';

/** When and where something was measured. */
export interface Measured<Results> {
  /** The command. */
  readonly command: string;
  /** Programs and processor. */
  readonly machine: string;
  /** Rounds and slices. */
  readonly how: string;
  /** `2026-11-21`. */
  readonly date: string;
  readonly results: readonly Results[];
}

/** All that was measured and saved; null where nothing was. */
export interface Saved {
  readonly bench: Measured<CaseResult> | null;
  readonly e2e: Measured<ScenarioResult> | null;
  readonly growth: Measured<GrowthResult> | null;
  /** Of our codecs and our servers, where the targets look. */
  readonly profiles: readonly Profile[];
}

type Name = 'bench' | 'e2e' | 'growth' | 'bench-profiles' | 'e2e-profiles';

export function saveResults(name: Name, measured: Measured<unknown>): void {
  mkdirSync(pathOf('results'), { recursive: true });
  writeFileSync(pathOf(`results/${name}.json`), `${JSON.stringify(measured, rounded, 1)}\n`);
}

export function loadResults(): Saved {
  return {
    bench: load('results/bench.json') as Saved['bench'],
    e2e: load('results/e2e.json') as Saved['e2e'],
    growth: load('results/growth.json') as Saved['growth'],
    profiles: ['bench-profiles', 'e2e-profiles'].flatMap(
      (name) => (load(`results/${name}.json`) as Measured<Profile> | null)?.results ?? [],
    ),
  };
}

/** Today, as the results name it. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** A file of this package. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

function load(name: string): unknown {
  const path = pathOf(name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

/** Six digits say all that was measured. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
