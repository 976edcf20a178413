import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BoundAddress } from '@gatewire/server';
import { encodeSubscription } from '@gatewire/uwsgi/kinds';
import type { Log } from '../log.js';
import type { SubscriptionTarget } from './target.js';

/** As uWSGI does: routers take a node for dead that they have not heard of for 17 seconds. */
const EVERY_MS = 10_000;

/** The first announcement is repeated: a datagram can be lost. */
const AGAIN_MS = 1000;

/** How long a router has to take note of a withdrawal before the listeners are closed. */
const NOTICE_MS = 100;

/** What an {@link Announcer} tells. */
export interface AnnouncerOptions {
  readonly targets: readonly SubscriptionTarget[];
  readonly listeners: readonly BoundAddress[];
  /** Processes that answer; a router shows it. */
  readonly cores: () => number;
  /** Signs a datagram. */
  readonly sign?: (datagram: Uint8Array) => Promise<Uint8Array>;
  readonly log: Log;
}

interface Node {
  readonly target: SubscriptionTarget;
  readonly address: string;
}

/**
 * Tells uWSGI routers where this server is, again and again, and in the end that it goes.
 *
 * @throws RangeError when there is no address that a router could use.
 */
export class Announcer {
  private readonly options: AnnouncerOptions;
  private readonly nodes: readonly Node[];
  /** Routers that could not be told the last time: one line in the log each, not one every ten seconds. */
  private readonly silent = new Set<SubscriptionTarget>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(options: AnnouncerOptions) {
    this.options = options;
    this.nodes = options.targets.flatMap((target) =>
      addressesFor(target, options.listeners).map((address) => ({ target, address })),
    );
  }

  start(): void {
    if (this.nodes.length === 0) return;
    const announce = (): void => void this.tell(true);
    announce();
    this.timers.push(setTimeout(announce, AGAIN_MS), setInterval(announce, EVERY_MS));
  }

  /** Resolves when the routers had time to take note; never rejects. */
  async withdraw(): Promise<void> {
    if (this.nodes.length === 0) return;
    for (const timer of this.timers) clearTimeout(timer);
    await this.tell(false);
    await sleep(NOTICE_MS);
  }

  private async tell(subscribe: boolean): Promise<void> {
    await Promise.all(
      this.nodes.map(async (node) => {
        try {
          await this.send(node, subscribe);
          this.silent.delete(node.target);
        } catch (error) {
          this.failed(node.target, error as Error);
        }
      }),
    );
  }

  private async send({ target, address }: Node, subscribe: boolean): Promise<void> {
    const { sign, cores } = this.options;
    const node = { key: target.key, address, modifier1: 0, modifier2: 0, cores: cores(), load: 0, weight: 1 };
    const datagram =
      sign === undefined
        ? encodeSubscription(node, subscribe)
        : await sign(encodeSubscription({ ...node, unix: Math.floor(Date.now() / 1000) }, subscribe));
    // Looked up each time: where routers come and go, their name stays.
    const { address: ip, family } = await lookup(target.host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      socket.send(datagram, target.port, ip, (error) => socket.emit('sent', error));
      const [error] = (await once(socket, 'sent')) as [Error | null];
      if (error !== null) throw error;
    } finally {
      socket.close();
    }
  }

  private failed(target: SubscriptionTarget, error: Error): void {
    if (this.silent.has(target)) return;
    this.silent.add(target);
    const router = `${target.host}:${target.port}`;
    const message = `cannot announce this server to ${router}: ${error.message}`;
    this.options.log({ level: 'warning', event: 'subscribe_failed', message, router, key: target.key });
  }
}

/** What to announce to one router: every uwsgi listener, unless an address is given. */
function addressesFor(target: SubscriptionTarget, listeners: readonly BoundAddress[]): readonly string[] {
  if (target.address !== undefined) return [target.address];
  const uwsgi = listeners.filter(({ protocol }) => protocol === 'uwsgi');
  if (uwsgi.length === 0) throw new RangeError('--subscribe announces uwsgi listeners, and there is none');
  return uwsgi.map((listener) => {
    const { address, host, path } = listener;
    const hint = `write --subscribe ADDRESS=${target.host}:${target.port}:${target.key}`;
    if (host === '0.0.0.0' || host === '::') {
      throw new RangeError(`a router cannot be told ${address}, which is every interface: ${hint}`);
    }
    if (host === undefined && path === undefined) {
      throw new RangeError(`where ${address} can be reached is not known: ${hint}`);
    }
    return path ?? address;
  });
}
