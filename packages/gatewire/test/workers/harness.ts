import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import type { RunningProgram, TempDir } from '@gatewire/testkit';
import { gatewire } from '../cli.js';

/** Answers with ANSWER, the process, and whether it has company; `/crash` ends the process. */
export const APPLICATION = `
const text = (value) => new TextEncoder().encode(value);
export const app = async (environ, start) => {
  if (environ.PATH_INFO === '/crash') process.exit(9);
  if (environ.PATH_INFO === '/slow') {
    process.stderr.write('at work\\n');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const body = text('ANSWER ' + process.pid);
  start('200 OK', [['Content-Type', 'text/plain'], ['Content-Length', String(body.length)]]);
  return [body];
};
`;

/** A directory with an application, and the commands that serve it. */
export class Site {
  readonly directory: TempDir;
  private readonly programs: RunningProgram[] = [];

  private constructor(directory: TempDir) {
    this.directory = directory;
  }

  static async make(): Promise<Site> {
    const site = new Site(await makeTempDir('gatewire-w'));
    await site.answer('one');
    return site;
  }

  path(name: string): string {
    return join(this.directory.path, name);
  }

  /** What the application answers from now on, when it is loaded. */
  async answer(word: string): Promise<void> {
    await this.write(APPLICATION.replace('ANSWER', word));
  }

  /** The same with something done for each request by a function called `keep`. */
  async prepend(text: string): Promise<void> {
    await this.write(
      `${text}\n${APPLICATION.replace('ANSWER', 'one').replace('if (environ', 'keep(); if (environ')}`,
    );
  }

  async write(text: string): Promise<void> {
    await writeFile(this.path('app.mjs'), text);
  }

  /** `gatewire serve app.mjs` with further arguments, ready. */
  async serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Served> {
    const program = await gatewire(
      ['serve', 'app.mjs', ...(args.includes('--access-log') ? [] : ['--access-log', 'none']), ...args],
      {
        cwd: this.directory.path,
        env,
        ready: { output: /listening on .*\n/ },
        grace: 8000,
      },
    );
    this.programs.push(program);
    return new Served(program);
  }

  async remove(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop()));
    await this.directory.remove();
  }
}

/** A `gatewire serve` that runs. */
export class Served {
  readonly program: RunningProgram;

  constructor(program: RunningProgram) {
    this.program = program;
  }

  /** Address of its first listener of a protocol, as its ready line has it. */
  address(protocol: string): string {
    return new RegExp(`^listening on ${protocol} (\\S+)$`, 'm').exec(this.program.output())?.[1] ?? '';
  }

  /** The same with `--log-format json`. */
  jsonAddress(protocol: string): string {
    const line = new RegExp(`^.*"listening".*"protocol":"${protocol}".*$`, 'm').exec(
      this.program.output(),
    )?.[0];
    return (JSON.parse(line ?? '') as { readonly address: string }).address;
  }

  url(path: string = '/'): string {
    return `http://${this.address('http')}${path}`;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.program.pid, signal);
  }

  /** An answer over a connection of its own. */
  async ask(path: string = '/'): Promise<string> {
    const response = await fetch(this.url(path), { headers: { Connection: 'close' } });
    return response.text();
  }

  /** The processes that answered `count` requests. */
  async pids(count: number): Promise<readonly number[]> {
    const answers = await Promise.all(Array.from({ length: count }, () => this.ask()));
    return [...new Set(answers.map((answer) => Number(answer.split(' ')[1])))];
  }
}
