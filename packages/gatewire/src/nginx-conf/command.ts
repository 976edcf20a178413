import { Command, InvalidArgumentError, Option } from 'commander';
import { applySources } from '../option-sources.js';
import { serveOptions } from '../serve-options.js';
import { nginxConfiguration } from './configuration.js';
import type { NginxFlags } from './configuration.js';

const HELP = `
The flags, configuration file and environment are those of gatewire serve: put "nginx-conf" in the place of "serve". What
nginx need not know is ignored. Several addresses of a protocol share the requests. When the server listens for several
protocols, requests go over the first of uwsgi, FastCGI and HTTP, and the others are in the output as comments.

Examples:

  gatewire nginx-conf app.js > /etc/nginx/conf.d/app.conf && nginx -t && nginx -s reload
      uwsgi on 127.0.0.1:3031, requests for every host on port 80

  gatewire nginx-conf app.js --fastcgi unix:/run/app.sock --max-body 100m --server-name example.com
      FastCGI with connections that stay open

  gatewire nginx-conf app.js --uwsgi 10.0.0.1:3031 --uwsgi 10.0.0.2:3031 --root-path /shop --listen 8080
      two machines, mounted at /shop
`;

/** `gatewire nginx-conf`. */
export function nginxConfCommand(): Command {
  const command = new Command('nginx-conf')
    .description('Print the nginx configuration that fits the flags of gatewire serve.')
    .argument('[MODULE[:EXPORT]]', 'ignored: nginx need not know it')
    .addOption(
      new Option('--listen <address>', 'where nginx listens, as nginx writes it; repeatable')
        .argParser((text, earlier: readonly string[] | undefined) => [...(earlier ?? []), text])
        .helpGroup('For nginx:'),
    )
    .addOption(
      new Option('--server-name <name>', 'host that it answers for').default('_').helpGroup('For nginx:'),
    )
    .addOption(
      new Option('--params <form>', 'include the parameter file of nginx, or write its lines out')
        .choices(['include', 'inline'])
        .default('include')
        .helpGroup('For nginx:'),
    )
    .addOption(
      new Option(
        '--name <name>',
        'what the names of upstreams begin with, where nginx serves several applications',
      )
        .argParser(parseName)
        .default('gatewire')
        .helpGroup('For nginx:'),
    )
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', HELP)
    .showHelpAfterError('(gatewire nginx-conf --help tells more)')
    .configureHelp({ sortOptions: false })
    .action(async () => {
      await applySources(command, process.env, process.cwd());
      process.stdout.write(configurationOf(command));
    });
  for (const option of serveOptions()) command.addOption(option);
  return command;
}

function configurationOf(command: Command): string {
  try {
    const flags = command.opts<Omit<NginxFlags, 'listen'> & { readonly listen?: readonly string[] }>();
    return nginxConfiguration({ ...flags, listen: flags.listen ?? ['80'] }, process.cwd());
  } catch (error) {
    if (error instanceof RangeError) return command.error(`error: ${error.message}`);
    throw error;
  }
}

function parseName(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits and _.');
}
