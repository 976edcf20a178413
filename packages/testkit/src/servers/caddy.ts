import { startServer } from './start.js';
import type { RunningServer } from './start.js';

/**
 * Starts a private Caddy without its administration port and without TLS. `site` are the directives of the one site.
 *
 * @example
 * ```ts no-run
 * const caddy = await startCaddy('reverse_proxy 127.0.0.1:9000 {\n transport fastcgi\n}');
 * ```
 */
export function startCaddy(site: string): Promise<RunningServer> {
  return startServer('caddy', 'port', ({ prefix, port }) => {
    const text = `{
  admin off
  auto_https off
  default_bind 127.0.0.1
}
http://:${port} {
  root * ${prefix}
${site}
}
`;
    return {
      args: ['run', '--config', `${prefix}/Caddyfile`, '--adapter', 'caddyfile'],
      files: { Caddyfile: text },
      env: { XDG_DATA_HOME: `${prefix}/data`, XDG_CONFIG_HOME: `${prefix}/config` },
    };
  });
}
