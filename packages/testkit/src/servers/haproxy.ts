import { startServer } from './start.js';
import type { RunningServer } from './start.js';

/**
 * Starts a private HAProxy whose one frontend passes everything to the backend `app`. `configuration` has that section
 * and any others.
 *
 * @example
 * ```ts no-run
 * const haproxy = await startHaproxy('backend app\n  server one 127.0.0.1:8080');
 * ```
 */
export function startHaproxy(configuration: string): Promise<RunningServer> {
  return startServer('haproxy', 'port', ({ prefix, port }) => {
    const text = `global
  maxconn 100
  nbthread 1
  log stderr format raw local0
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend http
  bind 127.0.0.1:${port}
  default_backend app
${configuration}
`;
    return { args: ['-db', '-f', `${prefix}/haproxy.cfg`], files: { 'haproxy.cfg': text } };
  });
}
