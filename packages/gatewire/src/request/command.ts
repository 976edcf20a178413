import { Command } from 'commander';
import { checked } from '../checked-argument.js';
import { REQUEST_HELP } from './help.js';
import { requestOptions } from './options.js';
import type { RequestFlags } from './options.js';
import { runRequest } from './run.js';
import { parseTarget } from './target.js';
import type { Target } from './target.js';

/** `gatewire request`. */
export function requestCommand(): Command {
  const command = new Command('request')
    .description('Send a request over uwsgi, FastCGI or HTTP: the curl of these protocols.')
    .argument('<URL>', 'uwsgi://, fastcgi:// or http://, host, port, path and query', checked(parseTarget))
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', REQUEST_HELP)
    .showHelpAfterError('(gatewire request --help tells more)')
    .action(async (target: Target, flags: RequestFlags, self: Command) => {
      // Should everything stop before there is an answer, that is no success.
      process.exitCode = 56;
      process.exitCode = await runRequest(target, flags, (problem) => self.error(`error: ${problem}`));
    });
  for (const option of requestOptions()) command.addOption(option);
  return command;
}
