// What others may add to the types, from their own packages.
import { defineApp } from '@gatewire/interfaces';
import type { ASGIExtensions, ASGIVersions, HTTPScope, Scope, WSGIEnvironment } from '@gatewire/interfaces';
import { yes } from './expect.js';
import type { Same } from './expect.js';

declare module '@gatewire/interfaces' {
  interface ASGIExtensions {
    'acme.metrics'?: { port: number };
  }
  interface HTTPScope {
    'acme.tenant'?: string;
  }
  interface WSGIEnvironment {
    'acme.session'?: { id: number };
  }
  interface ASGIProtocolMap {
    mail: {
      scope: { type: 'mail'; asgi: ASGIVersions; path?: never; 'acme.seen'?: unknown };
      receive: { type: 'mail.receive'; text: string };
      send: { type: 'mail.send'; text: string };
    };
  }
}

yes<Same<ASGIExtensions['acme.metrics'], { port: number } | undefined>>();
yes<Same<HTTPScope['acme.tenant'], string | undefined>>();
yes<Same<HTTPScope['acme.other'], unknown>>();
yes<Same<WSGIEnvironment['acme.session'], { id: number } | undefined>>();
yes<Same<Scope['type'], 'http' | 'websocket' | 'lifespan' | 'mail'>>();

export const app = defineApp({
  async mail(scope, receive, send) {
    yes<Same<typeof scope.type, 'mail'>>();
    const { text } = await receive();
    await send({ type: 'mail.send', text });
    // @ts-expect-error an event of another protocol
    await send({ type: 'http.response.body' });
  },
});
