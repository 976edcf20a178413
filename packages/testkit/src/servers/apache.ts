import { startServer } from './start.js';
import type { RunningServer } from './start.js';

/** Debian's place for the modules. */
const MODULES = '/usr/lib/apache2/modules';

/**
 * Starts a private Apache httpd. `modules` are loaded beside the few that it needs to run, `directives` are those of the
 * one server. It logs to `error.log` in its prefix.
 *
 * @example
 * ```ts no-run
 * const apache = await startApache(['proxy', 'proxy_fcgi'], ['ProxyPass / fcgi://127.0.0.1:9000/']);
 * ```
 */
export function startApache(
  modules: readonly string[],
  directives: readonly string[],
): Promise<RunningServer> {
  return startServer('apache2', 'port', ({ prefix, port }) => {
    const lines = [
      ...['mpm_event', 'authz_core', ...modules].map(
        (name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`,
      ),
      'ServerName localhost',
      `Listen 127.0.0.1:${port}`,
      `PidFile ${prefix}/pid`,
      `DefaultRuntimeDir ${prefix}`,
      `ErrorLog ${prefix}/error.log`,
      // One process with a few threads: the quickest to start and stop.
      'StartServers 1\nServerLimit 1\nThreadsPerChild 8\nMaxRequestWorkers 8',
      'MinSpareThreads 1\nMaxSpareThreads 8',
      `DocumentRoot ${prefix}`,
      ...directives,
    ];
    const args = ['-DFOREGROUND', '-d', prefix, '-f', `${prefix}/apache.conf`];
    return { args, files: { 'apache.conf': `${lines.join('\n')}\n` } };
  });
}
