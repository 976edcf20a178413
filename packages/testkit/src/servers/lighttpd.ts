import { startServer } from './start.js';
import type { RunningServer } from './start.js';

/**
 * Starts a private lighttpd. `configuration` is appended to what it needs to run.
 *
 * @example
 * ```ts no-run
 * const lighttpd = await startLighttpd(['mod_fastcgi'], 'fastcgi.server = ("/" => (("host" => "127.0.0.1", ...)))');
 * ```
 */
export function startLighttpd(modules: readonly string[], configuration: string): Promise<RunningServer> {
  return startServer('lighttpd', 'port', ({ prefix, port }) => {
    const text = `server.modules = (${modules.map((name) => JSON.stringify(name)).join(', ')})
server.document-root = "${prefix}"
server.upload-dirs = ("${prefix}")
server.bind = "127.0.0.1"
server.port = ${port}
${configuration}
`;
    return { args: ['-D', '-f', `${prefix}/lighttpd.conf`], files: { 'lighttpd.conf': text } };
  });
}
