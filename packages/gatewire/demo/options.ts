import { parseArgs } from 'node:util';

/** What the demo was asked for. */
export interface DemoOptions {
  readonly keep: boolean;
  readonly nginx: boolean;
  readonly full: boolean;
  readonly help: boolean;
}

export const HELP = `npm run demo -- [--keep] [--no-nginx] [--full]

Sends requests through nginx to a JavaScript application and shows what happens on the way: the request, the uwsgi packet
byte by byte, the environ, the response, the times. The first request goes over fastcgi_pass too, so that both are seen
side by side. Without nginx it replays recorded nginx traffic.

  --keep       leave nginx and the server running, for a browser; Ctrl-C stops them
  --no-nginx   replay the recorded traffic even where nginx is installed
  --full       show every variable and every byte of the packets and records
  --help       print this
`;

/** @throws TypeError when an argument is unknown. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keep: { type: 'boolean', default: false },
      'no-nginx': { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { keep: values.keep, nginx: !values['no-nginx'], full: values.full, help: values.help };
}
