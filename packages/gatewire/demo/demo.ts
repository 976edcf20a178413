// npm run demo: real requests through nginx to a JavaScript application, over uwsgi_pass and over fastcgi_pass, and what
// happens on the way.

import type { AccessEntry } from '@gatewire/server';
import { formatAccessLine } from '../src/access-log.js';
import { colors, wantsColor } from '../src/colors.js';
import { problemsOfScene } from './check.js';
import { startRecordedStage } from './from-recording.js';
import { GET_NGINX, noNginxLine } from './no-nginx.js';
import { HELP, parseDemoOptions } from './options.js';
import type { DemoOptions } from './options.js';
import { Report } from './report.js';
import { startLiveStage, usableNginx } from './through-nginx.js';
import type { Stage } from './through-nginx.js';

const EXIT_WRONG = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const color = wantsColor(process.stdout, process.env);
const paint = colors(color);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  const stop = interrupted();
  const version = options.nginx ? usableNginx() : null;
  let live = false;
  const logAccess = (entry: AccessEntry): void => {
    if (live) process.stdout.write(formatAccessLine(entry, { format: 'text', time: new Date() }));
  };
  const stage = version === null ? await startRecordedStage() : await startLiveStage(version, logAccess);
  try {
    for (const line of stage.about) print(paint.dim(line));
    if (version === null && options.nginx) print(noNginxLine());
    print('');
    const good = await Promise.race([show(stage, options), stop]);
    if (good === null) return EXIT_INTERRUPTED;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const verdict = good === stage.count ? paint.green : paint.red;
    print(verdict(`demo: ${stage.count} requests ${stage.way}, ${good} answered as expected, ${seconds} s`));
    live = true;
    if (options.keep) await keep(stage, stop);
    return good === stage.count ? 0 : EXIT_WRONG;
  } finally {
    await stage.close();
  }
}

/**
 * Resolves at Ctrl-C or TERM, or when nobody reads on, as after `| head`: nginx must be stopped then as well. Listens on:
 * npm passes on the Ctrl-C that the terminal has sent already.
 */
function interrupted(): Promise<null> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => resolve(null));
    process.on('SIGTERM', () => resolve(null));
    process.stdout.on('error', () => resolve(null));
  });
}

/** Shows every request; returns how many were answered as they had to be. */
async function show(stage: Stage, { full }: DemoOptions): Promise<number> {
  const width = Math.max(62, process.stdout.isTTY ? process.stdout.columns : 100);
  const report = new Report({ color, width, full, webServer: stage.webServer });
  let number = 1;
  let good = 0;
  for await (const scene of stage.scenes()) {
    const problems = problemsOfScene(scene);
    good += problems.filter((found) => found.length === 0).length;
    for (const line of report.scene(scene, number, stage.count, problems.flat())) print(line);
    number += scene.length;
  }
  return good;
}

async function keep(stage: Stage, stop: Promise<null>): Promise<void> {
  if (stage.urls === null) {
    print(`nothing to keep without nginx; ${GET_NGINX}`);
    return;
  }
  const { uwsgi, fastcgi } = stage.urls;
  print(`\nopen ${paint.bold(`${uwsgi}/`)} in a browser, or ${paint.bold(`${fastcgi}/`)} for fastcgi_pass;`);
  print('Ctrl-C stops nginx and the server');
  await stop;
  print('\nstopping');
}

function optionsOrExit(): DemoOptions {
  try {
    return parseDemoOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    process.exit(EXIT_USAGE);
  }
}

const options = optionsOrExit();
if (options.help) process.stdout.write(HELP);
else process.exitCode = await run(options);
