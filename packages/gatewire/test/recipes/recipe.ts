import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  freePort,
  makeTempDir,
  nginxParams,
  startApache,
  startCaddy,
  startLighttpd,
  startNginx,
} from '@gatewire/testkit';
import type { RunningNginx, RunningProgram, RunningServer, TempDir } from '@gatewire/testkit';
import { gatewire } from '../cli.js';

/** A block of code in a recipe. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** A recipe that is followed to the letter: what stands in its blocks is run, with addresses of this machine. */
export class Recipe {
  readonly directory: TempDir;
  private readonly blocks: readonly Block[];
  /** What stands in the recipe, and what it is here. */
  private readonly places = new Map<string, string>();
  private readonly used: Set<string>;
  private readonly running: { stop(): Promise<unknown> }[] = [];

  /** What the tests of a page have used of its blocks. */
  private static readonly usedOf = new Map<string, Set<string>>();

  private constructor(name: string, directory: TempDir, blocks: readonly Block[]) {
    this.directory = directory;
    this.blocks = blocks;
    this.used = Recipe.usedOf.get(name) ?? new Set();
    Recipe.usedOf.set(name, this.used);
  }

  /** Opens `docs/recipes/NAME.md` and writes its application to a directory. */
  static async open(name: string): Promise<Recipe> {
    const text = await readFile(new URL(`../../../../docs/recipes/${name}.md`, import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({
      language,
      text: code,
    }));
    const recipe = new Recipe(name, await makeTempDir('gatewire-recipe'), blocks);
    const addresses = new Set(text.match(/\b(?:10\.0\.0|127\.0\.0)\.\d+:\d+\b/g));
    // 10.0.0.2 is 127.0.0.2 here: addresses of their own, and all of them this machine.
    for (const address of addresses) {
      recipe.places.set(address, `127.0.0.${address.split(/[.:]/)[3]}:${await freePort()}`);
    }
    // The folders of the application and of sockets: both are the recipe's own here.
    for (const folder of ['/srv/app', '/run']) recipe.places.set(folder, recipe.directory.path);
    await writeFile(join(recipe.directory.path, 'app.js'), recipe.block('js', 0));
    return recipe;
  }

  /** Its blocks of one language, in order; with the addresses and folders of this machine. */
  block(language: string, index: number): string {
    const found = this.blocks.filter((block) => block.language === language)[index];
    this.used.add(found.text);
    return this.translated(found.text);
  }

  /** The text with the addresses and folders of this machine. Folders only where a path begins: `/run`, not `/x/run`. */
  private translated(text: string): string {
    let here = text;
    // The longest first: a file has a place of its own before its folder has.
    for (const [there, place] of [...this.places].sort(([a], [b]) => b.length - a.length)) {
      here = there.startsWith('/')
        ? here.replace(new RegExp(`(?<![\\w.])${there}(?![\\w.-])`, 'g'), place)
        : here.replaceAll(there, place);
    }
    return here;
  }

  /** How many blocks of a language there are. */
  count(language: string): number {
    return this.blocks.filter((block) => block.language === language).length;
  }

  /** The blocks that no test of this file has run so far; drawings left out. */
  unused(): readonly string[] {
    const code = this.blocks.filter((block) => block.language !== 'text');
    return code.map((block) => block.text).filter((text) => !this.used.has(text));
  }

  /** An address of the recipe, as it is here. */
  here(address: string): string {
    return this.places.get(address) ?? '';
  }

  /** Says what else of the recipe is elsewhere here. */
  place(there: string, here: string): void {
    this.places.set(there, here);
  }

  /** Text of a file. */
  read(path: string): Promise<string> {
    return readFile(path, 'utf8');
  }

  /** Runs a block with one `gatewire` command. */
  async gatewire(index: number): Promise<RunningProgram> {
    const [name, ...args] = this.block('sh', index).trim().split(/\s+/);
    if (name !== 'gatewire') throw new Error(`block ${index} runs ${name}`);
    const program = await gatewire([...args, '--access-log', 'none'], {
      cwd: this.directory.path,
      ready: { output: /^listening on .*\n/m },
      grace: 8000,
    });
    return this.keep(program);
  }

  /** Starts nginx with a block of its configuration. */
  async nginx(index: number): Promise<RunningNginx> {
    const port = await freePort();
    const http = this.block('nginx', index)
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replace(
        /include (uwsgi|fastcgi)_params;/,
        (_, kind: 'uwsgi' | 'fastcgi') => nginxParams(`${kind}_params`) ?? '',
      );
    const nginx = this.keep(await startNginx({ http, errorLogLevel: 'warn' }));
    return { ...nginx, port };
  }

  /** Starts Apache with a block of its configuration and the modules that the block of `a2enmod` before it names. */
  async apache(index: number, modules: number): Promise<RunningServer> {
    const names = this.block('sh', modules)
      .replace(/^a2enmod/, '')
      .trim()
      .split(/\s+/);
    return this.keep(await startApache(names, [this.block('apache', index)]));
  }

  /** Starts lighttpd with a block of its configuration. */
  async lighttpd(index: number): Promise<RunningServer> {
    // It wants host and port apart.
    const text = this.block('lighttpd', index).replace(
      /"host" => "(127\.0\.0\.1)", "port" => (\d+)/,
      (_, host: string, port: string) =>
        `"host" => "${host}", "port" => ${this.here(`${host}:${port}`).split(':')[1]}`,
    );
    return this.keep(await startLighttpd([], text));
  }

  /** Starts Caddy with what is inside of the one site of a block. */
  async caddy(index: number): Promise<RunningServer> {
    const [, site] = /^\S+ \{\n(.*)^\}$/ms.exec(this.block('caddyfile', index)) ?? [];
    return this.keep(await startCaddy(site));
  }

  keep<T extends { stop(): Promise<unknown> }>(program: T): T {
    this.running.push(program);
    return program;
  }

  async close(): Promise<void> {
    for (const program of this.running.reverse()) await program.stop();
    await this.directory.remove();
  }
}
