import type { BoundAddress, ListenAddress, LogEntry } from '@gatewire/server';
import type { ServeFlags } from '../serve-options.js';

/** The first order a worker gets: what to serve, and where. */
export interface StartOrder {
  readonly kind: 'start';
  /** Place among the workers, from 1: a worker that takes another's place has its number. */
  readonly number: number;
  readonly specifier: string;
  readonly flags: ServeFlags;
  /** Sockets that the worker has inherited. */
  readonly listen: readonly ListenAddress[];
}

/** What the master tells a worker. */
export type Order = StartOrder | { readonly kind: 'stop' | 'cut' | 'reopen' };

/** What a worker tells the master. */
export type Report =
  | { readonly kind: 'ready'; readonly addresses: readonly BoundAddress[] }
  /** It could not start, and ends by itself. */
  | { readonly kind: 'failed'; readonly entry: LogEntry }
  /** It has served enough and waits to be replaced; `why` is for the log. */
  | { readonly kind: 'retire'; readonly why: string };

/** Whether a message is a report: an application may send messages of its own to whom it takes for its parent. */
export function isReport(message: unknown): message is Report {
  return typeof message === 'object' && message !== null && 'kind' in message && 'gatewire' in message;
}

/** Marks a message as ours. */
export function sealed<T extends Order | Report>(message: T): T {
  return { gatewire: 1, ...message };
}
