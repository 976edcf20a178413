#!/usr/bin/env node
import { Command } from 'commander';
import { cgiCommand } from './cgi/command.js';
import { inspectCommand } from './inspect/command.js';
import { nginxConfCommand } from './nginx-conf/command.js';
import { requestCommand } from './request/command.js';
import { serveCommand, workerCommand } from './serve-definition.js';
import { MAIN_HELP } from './serve-help.js';
import { exitOnWrongUsage, teachFlags } from './tool-command.js';
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
  program.addCommand(workerCommand(), { hidden: true });
  const commands = [serveCommand(), requestCommand(), inspectCommand(), cgiCommand(), nginxConfCommand()];
  for (const command of commands) program.addCommand(command);
  teachFlags(commands);
  for (const command of [program, ...program.commands]) exitOnWrongUsage(command);
  return program;
}

void createProgram().parseAsync();
