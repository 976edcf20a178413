import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textTable } from './markdown.js';

/** Where the time of some work went: the functions that took most of it by themselves. */
export interface Profile {
  /** What was profiled. */
  readonly name: string;
  readonly functions: readonly FunctionShare[];
}

export interface FunctionShare {
  readonly name: string;
  /** The source file, without its folders; empty for what the engine does. */
  readonly file: string;
  /** Of the CPU time, 0 to 1. */
  readonly share: number;
}

/** What `node --cpu-prof` writes, as far as it is needed. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Functions shown of each profile. */
const SHOWN = 8;

/** Flags that make node write a profile to `folder` when it ends. */
export function profileFlags(folder: string): string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=250'];
}

/** The profile that node has written to `folder`: the last `seconds` of work, when the code was compiled. */
export function readProfile(folder: string, name: string, seconds: number): Profile {
  const file = readdirSync(folder).find((entry) => entry.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`${name} ended without a profile`);
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
  return { name, functions: sharesOf(profile, seconds * 1e6, sourceLines) };
}

/** Shares of self time in the last `micros` of work of a profile, the largest first. Waiting is not counted. */
export function sharesOf(
  { nodes, samples, timeDeltas }: CpuProfile,
  micros: number,
  linesOf: (url: string) => readonly string[],
): FunctionShare[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const taken = new Map<string, FunctionShare>();
  let total = 0;
  for (let i = samples.length - 1; i >= 0 && total < micros; i--) {
    const frame = frames.get(samples[i]);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
    const file = sourceOf(frame.url, frame.lineNumber, linesOf);
    const key = `${file} ${name}`;
    taken.set(key, { name, file, share: (taken.get(key)?.share ?? 0) + timeDeltas[i] });
    total += timeDeltas[i];
  }
  return [...taken.values()]
    .map((entry) => ({ ...entry, share: entry.share / total }))
    .sort((a, b) => b.share - a.share)
    .slice(0, SHOWN);
}

/** In a file that was joined from several, a comment names the source of what follows. */
function sourceOf(url: string, line: number, linesOf: (url: string) => readonly string[]): string {
  if (url === '') return '';
  if (!url.startsWith('file:')) return url;
  const lines = linesOf(url);
  for (let at = Math.min(line, lines.length - 1); at >= 0; at--) {
    const source = /^\/\/ \S*?([\w-]+\.ts)$/.exec(lines[at])?.[1];
    if (source !== undefined) return source;
  }
  return url.slice(url.lastIndexOf('/') + 1);
}

const texts = new Map<string, string[]>();

function sourceLines(url: string): readonly string[] {
  const known = texts.get(url);
  if (known !== undefined) return known;
  const lines = readFileSync(new URL(url), 'utf8').split('\n');
  texts.set(url, lines);
  return lines;
}

/** The profiles as text. */
export function formatProfiles(profiles: readonly Profile[]): string {
  return profiles
    .map(({ name, functions }) => {
      const rows = functions.map((row) => [`  ${row.name}`, percent(row.share), row.file]);
      return `${name}\n${textTable([['', 'self time', ''], ...rows])}`;
    })
    .join('\n');
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
