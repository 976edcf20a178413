import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startProgram } from '@gatewire/testkit';
import type { ProgramOptions, RunningProgram } from '@gatewire/testkit';
import { bundledCommand } from './bundled.js';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const SOURCE = ['--conditions=@gatewire/source', '--import', TSX];

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url));
}

/** Starts `gatewire`. */
export async function gatewire(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<RunningProgram> {
  const [program, file] = await bundledCommand();
  return startProgram(program, [file, ...args], options);
}

/** Starts what `npm run demo` starts, from the sources. */
export function demo(args: readonly string[], options: ProgramOptions = {}): Promise<RunningProgram> {
  return startProgram(process.execPath, [...SOURCE, pathOf('demo/demo.ts'), ...args], options);
}

/** The same with a reader that goes away after five lines. */
export function demoHead(args: readonly string[], options: ProgramOptions = {}): Promise<RunningProgram> {
  const command = [process.execPath, ...SOURCE, pathOf('demo/demo.ts'), ...args];
  return startProgram('/bin/sh', ['-c', '"$@" | head -n 5', 'sh', ...command], options);
}

/** How it ended, and what it had written to stdout and stderr; as text in UTF-8. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Waits for the end. */
export async function ended(program: RunningProgram): Promise<Ended> {
  const { code } = await program.exited;
  return { code, output: Buffer.from(program.output(), 'latin1').toString('utf8') };
}

/** Runs `gatewire` to its end. */
export async function run(args: readonly string[], options?: ProgramOptions): Promise<Ended> {
  return ended(await gatewire(args, options));
}

/** As {@link Ended}, with what it wrote to stdout and stderr apart: stdout as bytes. */
export interface EndedApart {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs `gatewire` to its end with something in its stdin. */
export async function runApart(
  args: readonly string[],
  stdin: Uint8Array | string = '',
  cwd: string = process.cwd(),
): Promise<EndedApart> {
  const [node, file] = await bundledCommand();
  const child = spawn(node, [file, ...args], { cwd, timeout: 25_000 });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  });
  child.stdin.on('error', () => undefined); // it need not read it
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') }),
    );
  });
}
