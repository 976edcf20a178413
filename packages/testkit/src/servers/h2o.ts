import { startServer } from './start.js';
import type { RunningServer } from './start.js';

/**
 * Starts a private h2o. `handler` is the YAML of the one path, `/`, without indentation.
 *
 * @example
 * ```ts no-run
 * const h2o = await startH2o('fastcgi.connect:\n  host: 127.0.0.1\n  port: 9000\n  type: tcp');
 * ```
 */
export function startH2o(handler: string): Promise<RunningServer> {
  return startServer('h2o', 'port', ({ prefix, port }) => {
    // Started by root it would become "nobody", who may not enter the prefix.
    const user = process.getuid?.() === 0 ? 'user: root\n' : '';
    const text = `${user}num-threads: 1
pid-file: ${prefix}/pid
temp-buffer-path: ${prefix}
hosts:
  default:
    listen:
      host: 127.0.0.1
      port: ${port}
    paths:
      /:
${handler.replace(/^/gm, '        ')}
`;
    return { args: ['-m', 'worker', '-c', `${prefix}/h2o.conf`], files: { 'h2o.conf': text } };
  });
}
