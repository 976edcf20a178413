import { FcgiApplication } from '@gatewire/fastcgi';
import type { FcgiApplicationOptions, FcgiRequestEvent } from '@gatewire/fastcgi';
import { ascii, drain, joinFragments, wholeAndBytewise } from '@gatewire/testkit';
import { describeFailure } from './failure.js';
import { begin, joined, params, stdin } from './wire.js';

export const run = (chunks: Iterable<Uint8Array>, options?: FcgiApplicationOptions) => {
  const application = new FcgiApplication(options);
  const { events, error } = drain(application, chunks);
  return { application, events: joinFragments(events), error };
};
/** Kinds of the events with their request, or the failure; the same whole and byte by byte. */
export const outcome = (bytes: Uint8Array, options?: FcgiApplicationOptions): string => {
  const seen = new Set<string>();
  for (const { chunks } of wholeAndBytewise(bytes)) {
    const { events, error } = run(chunks, options);
    const kinds = events.map(({ kind, requestId }) => `${kind} ${requestId}`);
    seen.add([...kinds, ...(error === null ? [] : [describeFailure(error)])].join(', '));
  }
  return [...seen].join(' or ');
};
/** A connection that stays open, fed in one chunk. */
export const opened = (bytes: Uint8Array, options?: FcgiApplicationOptions): FcgiApplication => {
  const application = new FcgiApplication(options);
  feed(application, bytes);
  return application;
};
export function feed(application: FcgiApplication, bytes: Uint8Array): FcgiRequestEvent[] {
  application.receive(bytes);
  const events: FcgiRequestEvent[] = [];
  for (let event = application.next(); event !== null; event = application.next()) events.push(event);
  return events;
}
export const replies = (bytes: Uint8Array, options?: FcgiApplicationOptions): Uint8Array =>
  joined(...opened(bytes, options).takeReplies());

export const POST_PAIRS = ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '5', 'HTTP_X_N', '\u00c3\u00a9'];
export const POST = joined(
  begin(1),
  params(1, POST_PAIRS),
  stdin(1, ascii('he')),
  stdin(1, ascii('llo')),
  stdin(1),
);
