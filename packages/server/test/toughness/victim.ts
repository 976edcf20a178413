// The server that is attacked, in a process of its own: its memory and its open connections can be told apart from those of
// the attacker. Writes where it listens to stdout, one line of JSON.
import type { WSGIApplication } from '@gatewire/interfaces';
import { serve } from '@gatewire/server';

const [directory = '.', seconds = '1'] = process.argv.slice(2);
const BLOCK = new Uint8Array(65_536);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What is left when nothing is at work: garbage is collected first. */
function state(): string {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => /^(TCPSocket|Pipe)Wrap$/.test(name));
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
  const { cwd, env } = { cwd: process.cwd(), env: Object.keys(process.env).sort().join(' ') };
  return JSON.stringify({
    used: heapUsed + external,
    rss,
    sockets: sockets.length,
    timers: timers.length,
    cwd,
    env,
  });
}

const app: WSGIApplication = async (environ, startResponse) => {
  const { PATH_INFO: path, QUERY_STRING: query } = environ;
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  if (path === '/state') return [text(state())];
  if (path === '/environ')
    return [
      text(
        JSON.stringify(environ, (_, value: unknown) =>
          typeof value === 'object' && value !== environ ? undefined : value,
        ),
      ),
    ];
  if (path === '/read') {
    let bytes = 0;
    for await (const chunk of environ['wsgi.input']) bytes += chunk.length;
    return [text(String(bytes))];
  }
  if (path === '/send') return blocks(Number(query));
  return [text('fine')];
};

function* blocks(count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield BLOCK;
}

const quiet = { log: () => undefined, maxBodyBytes: 2 ** 31 };
const patience = Number(seconds);
const limits = {
  headerTimeout: patience,
  bodyTimeout: patience,
  keepAliveTimeout: patience,
  gracefulTimeout: 1,
};
const server = await serve(app, {
  interface: 'wsgi',
  listen: (['uwsgi', 'fastcgi', 'http'] as const).flatMap((protocol) => [
    { protocol, host: '127.0.0.1', port: 0 },
    { protocol, path: `${directory}/${protocol}.sock` },
  ]),
  ...quiet,
  ...limits,
});
process.stdout.write(`${JSON.stringify(server.addresses)}\n`);
process.once('SIGTERM', () => void server.close());
