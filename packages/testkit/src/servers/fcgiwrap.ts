import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from './start.js';
import type { RunningServer } from './start.js';

/**
 * Starts a private fcgiwrap at a unix socket, which sends the stderr of CGI programs over FastCGI. `scripts` are written
 * below its prefix, to be run from there.
 */
export function startFcgiwrap(scripts: Readonly<Record<string, string>>): Promise<RunningServer> {
  return startServer('fcgiwrap', 'socket', ({ prefix, socket }) => {
    for (const [name, text] of Object.entries(scripts)) {
      writeFileSync(join(prefix, name), text);
      chmodSync(join(prefix, name), 0o700);
    }
    return { args: ['-f', '-s', `unix:${socket}`] };
  });
}
