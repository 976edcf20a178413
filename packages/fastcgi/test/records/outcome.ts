// What each side makes of bytes, in a few words.
import { FcgiApplication, FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiApplicationOptions } from '@gatewire/fastcgi';
import { drain, joinFragments } from '@gatewire/testkit';
import { describeFailure } from './failure.js';

/** What an application sees of `bytes` and their end: kinds of events, or the failure behind them. */
export function outcome(bytes: Uint8Array, options?: FcgiApplicationOptions): string {
  const { events, error } = drain(new FcgiApplication(options), [bytes]);
  const kinds = joinFragments(events).map(({ kind }) => kind);
  return [...kinds, ...(error === null ? [] : [describeFailure(error)])].join(' ');
}

/** What a web server sees of an answer to request 1. */
export function answer(bytes: Uint8Array): string {
  const server = new FcgiWebServer();
  server.params(server.begin(), []);
  const { events, error } = drain(server, [bytes]);
  return [...events.map(({ kind }) => kind), ...(error === null ? [] : [describeFailure(error)])].join(' ');
}
