import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@gatewire/testkit/servers';

/** A peer in another language: compiled when it is wanted, and asked for slices line by line. */
export interface External {
  /** What has to be installed, as a person would look for it. */
  readonly needs: string;
  /** Compiles it in `folder` and returns the command that runs it, or `null` when what it is made with is missing. */
  readonly build: (folder: string) => readonly string[] | null;
}

export const GO_NEEDS = 'golang-go';
export const C_NEEDS = 'gcc, libc6-dev and libfcgi-dev';

/** Go's net/http/fcgi; `request` is what it is fed. */
export function goCycle(request: () => Uint8Array): External {
  return {
    needs: GO_NEEDS,
    build: (folder) => {
      const program = goProgram(folder);
      if (program === null) return null;
      writeFileSync(join(folder, 'request'), request());
      return [program, join(folder, 'request')];
    },
  };
}

/** libfcgi; `request` is what it is fed. */
export function cCycle(request: () => Uint8Array): External {
  return {
    needs: C_NEEDS,
    build: (folder) => {
      const program = cProgram(folder);
      if (program === null) return null;
      writeFileSync(join(folder, 'request'), request());
      return [program, join(folder, 'request'), join(folder, 'socket')];
    },
  };
}

/** Compiles cycle.go in `folder`: the path of the program, `null` without Go. */
export function goProgram(folder: string): string | null {
  const [program, file] = [join(folder, 'cycle-go'), join(folder, 'cycle.go')];
  writeFileSync(file, readFileSync(sourcePath('cycle.go.txt')));
  const env = {
    GOCACHE: join(folder, 'cache'),
    GOPATH: join(folder, 'go'),
    GO111MODULE: 'off',
    GOPROXY: 'off',
  };
  return compile('go', ['build', '-o', program, file], env) ? program : null;
}

/** Compiles cycle.c in `folder`: the path of the program, `null` without a compiler or libfcgi. */
export function cProgram(folder: string): string | null {
  const program = join(folder, 'cycle-c');
  return compile('gcc', ['-O2', '-o', program, sourcePath('cycle.c'), '-lfcgi'], {}) ? program : null;
}

/** A source in another language. */
export function sourcePath(name: string): string {
  return fileURLToPath(new URL(`./external/${name}`, import.meta.url));
}

let root: string | null = null;

/** A folder for compiled programs, gone when this process ends. */
export function buildFolder(): string {
  if (root === null) {
    root = mkdtempSync(join(tmpdir(), 'gatewire-bench-'));
    process.on('exit', removeBuilds);
  }
  return mkdtempSync(join(root, 'build-'));
}

/** Removes the folders for compiled programs: for a process that does not end by itself, as those of a test runner. */
export function removeBuilds(): void {
  if (root !== null) rmSync(root, { recursive: true, force: true });
}

function compile(compiler: string, args: readonly string[], env: Record<string, string>): boolean {
  const program = findProgram(compiler);
  if (program === null) return false;
  try {
    execFileSync(program, args, { env: { ...process.env, ...env }, stdio: 'ignore', timeout: 120_000 });
    return true;
  } catch {
    return false; // A header or a library is missing.
  }
}
