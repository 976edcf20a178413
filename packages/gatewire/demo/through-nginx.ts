import { freePort, nginxParams, nginxVersion, passLocation, startNginx } from '@gatewire/testkit/servers';
import type { RunningNginx } from '@gatewire/testkit/servers';
import type { AccessEntry } from '@gatewire/server';
import type { DemoExchange, DemoRequest, Gateway, Scene } from './exchange.js';
import { startObservedServer } from './observed-server.js';
import type { ObservedServer } from './observed-server.js';
import { liveRequests } from './requests.js';
import { countOf, scenes } from './scenes.js';
import { send } from './send.js';
import { startTap } from './tap.js';
import type { Tap } from './tap.js';

/** Where requests go and their traffic is seen. */
export interface Stage {
  /** `nginx 1.22.1`. */
  readonly webServer: string;
  /** How the requests got there, for the summary. */
  readonly way: string;
  /** What is running, a line each. */
  readonly about: readonly string[];
  /** One after the other, as they happen. */
  scenes(): AsyncIterable<Scene>;
  /** Requests in all of them. */
  readonly count: number;
  /** For a browser, by what is behind them; null when there is none to ask. */
  readonly urls: Readonly<Record<Gateway, string>> | null;
  close(): Promise<void>;
}

/** Version of an nginx that can be started, with the parameter files it ships; null when there is none. */
export function usableNginx(): string | null {
  const files = [nginxParams('uwsgi_params'), nginxParams('fastcgi_params')];
  return files.includes(null) ? null : nginxVersion();
}

/** Starts the application, a tap in front of each of its listeners, and an nginx of one's own in front of those. */
export async function startLiveStage(
  version: string,
  onAccess: (entry: AccessEntry) => void,
): Promise<Stage> {
  const server = await startObservedServer(onAccess);
  const taps = {
    uwsgi: await startTap(server.targets.uwsgi),
    fastcgi: await startTap(server.targets.fastcgi),
  };
  const closeRest = async (): Promise<void> => {
    await Promise.all([taps.uwsgi.close(), taps.fastcgi.close()]);
    await server.close();
  };
  try {
    const fastcgiPort = await freePort();
    const nginx = await startBoth(taps, fastcgiPort);
    const ports = { uwsgi: nginx.port, fastcgi: fastcgiPort };
    const requests = liveRequests();
    return {
      webServer: `nginx ${version}`,
      way: `through nginx ${version}`,
      about: aboutLines(version, server, taps, ports),
      scenes: () => scenes(requests, (request, gateway) => perform(request, gateway, ports, taps, server)),
      count: countOf(requests),
      urls: { uwsgi: urlOf(ports.uwsgi), fastcgi: urlOf(ports.fastcgi) },
      close: async () => {
        await nginx.stop();
        await closeRest();
      },
    };
  } catch (error) {
    await closeRest();
    throw error;
  }
}

type Taps = Readonly<Record<Gateway, Tap>>;
type Ports = Readonly<Record<Gateway, number>>;

/** One nginx with a server, and so a port, for each protocol: the request can then be the same to the last byte. */
function startBoth(taps: Taps, fastcgiPort: number): Promise<RunningNginx> {
  const more = 'client_max_body_size 64m;';
  const fastcgi = passLocation('fastcgi', taps.fastcgi.address, more);
  return startNginx({
    locations: [passLocation('uwsgi', taps.uwsgi.address, more)],
    http: `server {\nlisten 127.0.0.1:${fastcgiPort};\nserver_name localhost;\n${fastcgi}\n}`,
  });
}

function aboutLines(version: string, { targets }: ObservedServer, taps: Taps, ports: Ports): string[] {
  return [
    `application   uwsgi ${targets.uwsgi.address} and fastcgi ${targets.fastcgi.address}, in this process`,
    `taps          uwsgi ${taps.uwsgi.address} and fastcgi ${taps.fastcgi.address}, pass on and remember`,
    `nginx ${version.padEnd(8)}${urlOf(ports.uwsgi)}, uwsgi_pass ${taps.uwsgi.address}`,
    `              ${urlOf(ports.fastcgi)}, fastcgi_pass ${taps.fastcgi.address}`,
  ];
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function perform(
  request: DemoRequest,
  gateway: Gateway,
  ports: Ports,
  taps: Taps,
  server: ObservedServer,
): Promise<DemoExchange> {
  const observed = server.next();
  const { answer, firstByteMs, totalMs } = await send(ports[gateway], request);
  const { environ, access } = await observed;
  return {
    gateway,
    request,
    ...taps[gateway].last(),
    environ,
    answer,
    timings: [
      ['through nginx', totalMs],
      ['first byte', firstByteMs],
      ['application', access.durationMs],
    ],
  };
}
