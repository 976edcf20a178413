import type { ListenAddress } from '@gatewire/server';
import { listenersOf } from './serve-options.js';
import type { ServeFlags } from './serve-options.js';
import { SUBSCRIPTION_FORM } from './subscribe/target.js';

/** Hosts that mean every interface, which is no place to be found at. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];

/** Why flags do not go together, as far as they alone tell, and what to write instead; null when they do. */
export function conflictOf(flags: ServeFlags): string | null {
  return (
    lifespanConflict(flags) ??
    modeConflict(flags) ??
    subscriptionConflict(flags) ??
    doubleListener(listenersOf(flags))
  );
}

function lifespanConflict({ interface: kind, lifespan }: ServeFlags): string | null {
  if (lifespan !== 'on' || kind === 'auto' || kind === 'asgi') return null;
  return `--lifespan on is for ASGI applications, and --interface is ${kind}: leave one of them out`;
}

function modeConflict(flags: ServeFlags): string | null {
  if (flags.chmodSocket === undefined || listenersOf(flags).some((listener) => 'path' in listener))
    return null;
  return '--chmod-socket is for unix sockets, and there is none: add --uwsgi unix:/PATH';
}

function subscriptionConflict(flags: ServeFlags): string | null {
  const { subscribe = [], subscribeSign } = flags;
  if (subscribe.length === 0) {
    if (subscribeSign === undefined) return null;
    return '--subscribe-sign signs what --subscribe tells a router: add --subscribe HOST:PORT:KEY';
  }
  if (subscribe.every(({ address }) => address !== undefined)) return null;
  const uwsgi = listenersOf(flags).filter(({ protocol }) => protocol === 'uwsgi');
  const otherwise = `--subscribe ${SUBSCRIPTION_FORM} tells where else this server is`;
  if (uwsgi.length === 0)
    return `--subscribe announces uwsgi listeners, and there is none: add --uwsgi ADDRESS; ${otherwise}`;
  const everywhere = uwsgi.find((listener) => 'host' in listener && EVERYWHERE.includes(listener.host));
  if (everywhere === undefined) return null;
  const name = nameOf(everywhere);
  return `--subscribe cannot announce ${name}, which is every interface: choose one; ${otherwise}`;
}

function doubleListener(listeners: readonly ListenAddress[]): string | null {
  const first = new Map<string, ListenAddress>();
  for (const listener of listeners) {
    const name = nameOf(listener);
    const other = first.get(name);
    if (other !== undefined) {
      const flags = `--${other.protocol} and --${listener.protocol}`;
      return `${name} is given twice, by ${flags}: each listener needs an address of its own`;
    }
    // Port 0 is another one each time.
    if (!('port' in listener && listener.port === 0)) first.set(name, listener);
  }
  return null;
}

function nameOf(listener: ListenAddress): string {
  if ('path' in listener) return `unix:${listener.path}`;
  if ('fd' in listener) return `fd:${listener.fd}`;
  const { host, port } = listener;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
