import { Command } from 'commander';
import { conflictOf } from './flag-conflicts.js';
import { applySources } from './option-sources.js';
import { SERVE_HELP } from './serve-help.js';
import { serveOptions } from './serve-options.js';
import type { ServeFlags } from './serve-options.js';

/** `gatewire serve`. What it runs is loaded when it runs: the other commands start in half the time. */
export function serveCommand(): Command {
  const serve = new Command('serve')
    .description('Serve an application.')
    .argument('[MODULE[:EXPORT]]', 'the application: a file or a package, and its export')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', SERVE_HELP)
    .showHelpAfterError('(gatewire serve --help tells more)')
    .configureHelp({ sortOptions: false })
    .action(async (given: string | undefined) => {
      const elsewhere = await applySources(serve, process.env, process.cwd());
      const specifier =
        given ?? elsewhere ?? serve.error("error: missing required argument 'MODULE[:EXPORT]'");
      const flags = serve.opts<ServeFlags>();
      const conflict = conflictOf(flags);
      if (conflict !== null) serve.error(`error: ${conflict}`);
      const { runServe } = await import('./serve-command.js');
      await runServe(specifier, flags);
    });
  for (const option of serveOptions()) serve.addOption(option);
  return serve;
}

/** What `gatewire serve --workers` starts, once for each worker; of no use to people. */
export function workerCommand(): Command {
  const command = new Command('worker').action(async () => {
    if (process.send === undefined) command.error("error: unknown command 'worker'");
    const { runWorker } = await import('./workers/worker.js');
    runWorker();
  });
  return command;
}
