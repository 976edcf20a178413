import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@gatewire/testkit/servers';

/** A peer in another language: compiled when it is wanted, and asked for slices line by line. */
export interface External {
  /** The compiler, as a program of Debian. */
  readonly needs: string;
  /** Compiles it in `folder` and returns the command that runs it, or `null` when what it is made with is missing. */
  readonly build: (folder: string) => readonly string[] | null;
}

const SOURCES = fileURLToPath(new URL('./external/', import.meta.url));

/** Go's net/http/fcgi; `request` is what it is fed. */
export function goCycle(request: () => Uint8Array): External {
  return {
    needs: 'go',
    build: (folder) => {
      const [program, file] = [join(folder, 'cycle-go'), join(folder, 'cycle.go')];
      writeFileSync(file, readFileSync(join(SOURCES, 'cycle.go.txt')));
      writeFileSync(join(folder, 'request'), request());
      const env = {
        GOCACHE: join(folder, 'cache'),
        GOPATH: join(folder, 'go'),
        GO111MODULE: 'off',
        GOPROXY: 'off',
      };
      return compile('go', ['build', '-o', program, file], env) ? [program, join(folder, 'request')] : null;
    },
  };
}

/** libfcgi; `request` is what it is fed. */
export function cCycle(request: () => Uint8Array): External {
  return {
    needs: 'gcc',
    build: (folder) => {
      const program = join(folder, 'cycle-c');
      writeFileSync(join(folder, 'request'), request());
      const args = ['-O2', '-o', program, join(SOURCES, 'cycle.c'), '-lfcgi'];
      return compile('gcc', args, {}) ? [program, join(folder, 'request'), join(folder, 'socket')] : null;
    },
  };
}

/** A folder for compiled programs, gone when this process ends. */
export function buildFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatewire-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
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
