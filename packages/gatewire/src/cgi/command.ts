import { Command } from 'commander';
import { serveOptions } from '../serve-options.js';
import type { ServeFlags } from '../serve-options.js';
import { CGI_HELP } from './help.js';

/** Flags of `gatewire serve` that mean something for one request. None of them names a file. */
const FLAGS = [
  'interface',
  'lifespan',
  'rootPath',
  'env',
  'maxBody',
  'bodyTimeout',
  'logLevel',
  'logFormat',
] as const;

/** What `gatewire cgi` was asked for. */
export type CGIFlags = Pick<ServeFlags, (typeof FLAGS)[number]>;

/** `gatewire cgi`. */
export function cgiCommand(): Command {
  const command = new Command('cgi')
    .description('Answer one request as a CGI/1.1 program, started by a web server.')
    .argument('<MODULE[:EXPORT]>', 'the application: a file or a package, and its export')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', CGI_HELP)
    .showHelpAfterError('(gatewire cgi --help tells more)')
    .configureHelp({ sortOptions: false })
    .action(async (specifier: string, flags: CGIFlags) => {
      if ((process.env['REQUEST_METHOD'] ?? '') === '')
        command.error('error: no REQUEST_METHOD in the environment: a web server starts this program');
      const { runOnce } = await import('./run.js');
      await runOnce(specifier, flags);
    });
  const known: readonly string[] = FLAGS;
  for (const option of serveOptions()) if (known.includes(option.attributeName())) command.addOption(option);
  return command;
}
