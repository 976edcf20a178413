import { startServer } from './start.js';
import type { RunningServer } from './start.js';

/** Debian's name of the program, which has PHP's version in it. */
export const PHP_FPM = 'php-fpm8.2';

/** Starts a private php-fpm at a unix socket. `files` are written below its prefix: scripts to run from there. */
export function startPhpFpm(files: Readonly<Record<string, string>>): Promise<RunningServer> {
  return startServer(PHP_FPM, 'socket', ({ prefix, socket }) => {
    const text = `[global]
error_log = ${prefix}/error.log
daemonize = no
[www]
listen = ${socket}
pm = static
pm.max_children = 2
`;
    const args = [
      '--nodaemonize',
      '--force-stderr',
      '--no-php-ini',
      '--fpm-config',
      `${prefix}/php-fpm.conf`,
    ];
    // Its workers may be root when root starts it: they have to enter the prefix.
    const root =
      process.getuid?.() === 0
        ? { user: 'user = root\ngroup = root\n', flags: ['-R'] }
        : { user: '', flags: [] };
    return {
      args: [...args, ...root.flags],
      files: { ...files, 'php-fpm.conf': text + root.user },
    };
  });
}
