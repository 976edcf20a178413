import { Command, Option } from 'commander';
import { INSPECT_HELP } from './help.js';
import { runInspect } from './run.js';
import type { InspectFlags } from './run.js';

/** `gatewire inspect`. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('Show captured uwsgi and FastCGI traffic: annotated bytes, a table, or JSON.')
    .argument('<FILE...>', 'pcap, pcapng, or the bytes of one side of a connection; - is stdin')
    .addOption(new Option('--table', 'one line per request, response or record').conflicts('json'))
    .addOption(new Option('--json', 'one JSON object per request, response or record'))
    .addOption(
      new Option('--protocol <name>', 'what it is, where the first bytes do not tell')
        .choices(['auto', 'uwsgi', 'fastcgi'])
        .default('auto'),
    )
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', INSPECT_HELP)
    .showHelpAfterError('(gatewire inspect --help tells more)')
    .action(async (files: readonly string[], flags: InspectFlags) => {
      process.exitCode = await runInspect(files, flags);
    });
}
