import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import type { ProgramOptions, RunningProgram, TempDir } from '@gatewire/testkit';
import { ended, gatewire } from './cli.js';
import type { Ended } from './cli.js';

/**
 * Says `SCRIPT_NAME|PATH_INFO ` and `end`: for `/now` at once, for anything else once `go` exists in the directory.
 */
const APPLICATION = `
import { existsSync } from 'node:fs';
const text = (value) => new TextEncoder().encode(value);
export async function* app(environ, start) {
  start('200 OK', [['Content-Type', 'text/plain']]);
  yield text(environ.SCRIPT_NAME + '|' + environ.PATH_INFO + ' ');
  while (environ.PATH_INFO !== '/now' && !existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
  yield text('end');
}
`;

/** A directory with an application that waits, and `gatewire serve app.mjs` in it. */
export class WaitingSite {
  private readonly directory: TempDir;
  private readonly programs: RunningProgram[] = [];

  private constructor(directory: TempDir) {
    this.directory = directory;
  }

  static async make(): Promise<WaitingSite> {
    const site = new WaitingSite(await makeTempDir('gatewire-serve'));
    await site.write(APPLICATION);
    return site;
  }

  path(name: string): string {
    return join(this.directory.path, name);
  }

  /** Puts another application in the place of the one that waits. */
  async write(application: string): Promise<void> {
    await writeFile(this.path('app.mjs'), application);
  }

  /** Lets the responses that wait end. */
  async go(): Promise<void> {
    await writeFile(this.path('go'), '');
  }

  /** A server that has written what `ready` matches. */
  serve(args: readonly string[], ready: RegExp): Promise<RunningProgram> {
    return this.start(args, { ready: { output: ready }, stopSignal: 'SIGTERM' });
  }

  /** How a server ends that cannot start. */
  async fail(args: readonly string[]): Promise<Ended> {
    return ended(await this.start(args));
  }

  /** Stops what still runs. */
  async remove(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop()));
    await this.directory.remove();
  }

  private async start(args: readonly string[], options: ProgramOptions = {}): Promise<RunningProgram> {
    const program = await gatewire(['serve', 'app.mjs', ...args], { cwd: this.directory.path, ...options });
    this.programs.push(program);
    return program;
  }
}

/** Address of a server's first listener of a protocol, as its ready line has it. */
export function addressOf(running: RunningProgram, protocol: 'http' | 'fastcgi'): string {
  return new RegExp(`^listening on ${protocol} (\\S+)$`, 'm').exec(running.output())?.[1] ?? '';
}
