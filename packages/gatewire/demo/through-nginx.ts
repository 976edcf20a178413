import { nginxParams, nginxVersion, passLocation, startNginx } from '@gatewire/testkit/servers';
import type { RunningNginx } from '@gatewire/testkit/servers';
import type { AccessEntry } from '@gatewire/server';
import type { DemoExchange } from './exchange.js';
import { startObservedServer } from './observed-server.js';
import type { ObservedServer } from './observed-server.js';
import { liveRequests } from './requests.js';
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
  exchanges(): AsyncIterable<DemoExchange>;
  readonly count: number;
  /** For a browser; null when there is none to ask. */
  readonly url: string | null;
  close(): Promise<void>;
}

/** Version of an nginx that can be started, with the parameter file it ships; null when there is none. */
export function usableNginx(): string | null {
  return nginxParams('uwsgi_params') === null ? null : nginxVersion();
}

/** Starts the application, the tap in front of it, and an nginx of one's own in front of that. */
export async function startLiveStage(
  version: string,
  onAccess: (entry: AccessEntry) => void,
): Promise<Stage> {
  const server = await startObservedServer(onAccess);
  const tap = await startTap(server);
  const closeBoth = async (): Promise<void> => {
    await tap.close();
    await server.close();
  };
  let nginx: RunningNginx;
  try {
    const location = passLocation('uwsgi', tap.address, 'client_max_body_size 64m;');
    nginx = await startNginx({ locations: [location] });
  } catch (error) {
    await closeBoth();
    throw error;
  }
  const requests = liveRequests();
  return {
    webServer: `nginx ${version}`,
    way: `through nginx ${version}`,
    about: [
      `application   uwsgi ${server.address}, the demo application in this process`,
      `tap           uwsgi ${tap.address}, passes on and remembers`,
      `nginx ${version.padEnd(8)}${nginx.url}, uwsgi_pass ${tap.address}`,
    ],
    exchanges: () => exchanges(requests, nginx, tap, server),
    count: requests.length,
    url: nginx.url,
    close: async () => {
      await nginx.stop();
      await closeBoth();
    },
  };
}

async function* exchanges(
  requests: ReturnType<typeof liveRequests>,
  nginx: RunningNginx,
  tap: Tap,
  server: ObservedServer,
): AsyncGenerator<DemoExchange, void, undefined> {
  for (const request of requests) {
    const observed = server.next();
    const { answer, firstByteMs, totalMs } = await send(nginx.port, request);
    const { environ, access } = await observed;
    yield {
      request,
      sent: tap.last(),
      environ,
      answer,
      timings: [
        ['through nginx', totalMs],
        ['first byte', firstByteMs],
        ['application', access.durationMs],
      ],
    };
  }
}
