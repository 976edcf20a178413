#!/usr/bin/env node
import { Command } from 'commander';
import { runServe } from './serve-command.js';
import { MAIN_HELP, SERVE_HELP } from './serve-help.js';
import { serveOptions } from './serve-options.js';
import type { ServeFlags } from './serve-options.js';
import { VERSION } from './version.js';

/** Wrong usage. */
const EXIT_USAGE = 2;

function createProgram(): Command {
  const program = new Command('gatewire')
    .description('Runs a JavaScript application behind nginx with uwsgi_pass or fastcgi_pass.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', MAIN_HELP)
    .showHelpAfterError('(gatewire --help tells more)')
    .configureHelp({ sortOptions: false });
  const serve = program
    .command('serve')
    .description('Serve an application.')
    .argument('<MODULE[:EXPORT]>', 'the application: a file or a package, and its export')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', SERVE_HELP)
    .showHelpAfterError('(gatewire serve --help tells more)')
    .action((specifier: string, flags: ServeFlags) => runServe(specifier, flags));
  for (const option of serveOptions()) serve.addOption(option);
  for (const command of [program, serve]) {
    command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));
  }
  return program;
}

void createProgram().parseAsync();
