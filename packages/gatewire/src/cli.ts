#!/usr/bin/env node
import { Command } from 'commander';
import { requestCommand } from './request/command.js';
import { MAIN_HELP, SERVE_HELP } from './serve-help.js';
import { serveOptions } from './serve-options.js';
import type { ServeFlags } from './serve-options.js';
import { exitOnWrongUsage } from './tool-command.js';
import { VERSION } from './version.js';

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
    .action(async (specifier: string, flags: ServeFlags) => {
      // The server is loaded for its command alone: the others start in half the time.
      const { runServe } = await import('./serve-command.js');
      await runServe(specifier, flags);
    });
  for (const option of serveOptions()) serve.addOption(option);
  const tools = [requestCommand()];
  for (const tool of tools) program.addCommand(tool);
  for (const command of [program, serve, ...tools]) exitOnWrongUsage(command);
  return program;
}

void createProgram().parseAsync();
