import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../programs.js';
import { startServer } from './start.js';
import type { RunningServer } from './start.js';

const run = promisify(execFile);

/**
 * Compiles a Go program that needs nothing but the standard library, and runs it. It is called with the path of the
 * unix socket at which it has to listen.
 */
export function startGo(source: string): Promise<RunningServer> {
  return startServer('go', 'socket', async ({ prefix, socket }) => {
    const file = join(prefix, 'main.go');
    const program = join(prefix, 'program');
    writeFileSync(file, source);
    await compile('go', ['build', '-o', program, file], {
      GOCACHE: join(prefix, 'cache'),
      GOPATH: join(prefix, 'go'),
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOPROXY: 'off',
    });
    return { program, args: [socket] };
  });
}

/** Compiles a C program and runs it, as {@link startGo}. `libraries` are linked. */
export function startC(source: string, libraries: readonly string[]): Promise<RunningServer> {
  return startServer('gcc', 'socket', async ({ prefix, socket }) => {
    const file = join(prefix, 'main.c');
    const program = join(prefix, 'program');
    writeFileSync(file, source);
    await compile('gcc', ['-O1', '-Wall', '-o', program, file, ...libraries.map((name) => `-l${name}`)], {});
    return { program, args: [socket] };
  });
}

async function compile(name: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  await run(findProgram(name) ?? name, args, { env: { ...process.env, ...env }, timeout: 120_000 });
}
