import type { DemoExchange, DemoRequest, Gateway, Scene } from './exchange.js';

/** Sends a request over a protocol and watches. */
export type Perform = (request: DemoRequest, gateway: Gateway) => Promise<DemoExchange>;

/** How many requests are shown. */
export function countOf(requests: readonly DemoRequest[]): number {
  return requests.reduce((sum, { over }) => sum + over.length, 0);
}

/** Sends one request after the other. What is compared goes over each protocol once before, or the first seems slow. */
export async function* scenes(
  requests: readonly DemoRequest[],
  perform: Perform,
): AsyncGenerator<Scene, void, undefined> {
  for (const request of requests) {
    if (request.over.length > 1) for (const gateway of request.over) await perform(request, gateway);
    const exchanges: DemoExchange[] = [];
    for (const gateway of request.over) exchanges.push(await perform(request, gateway));
    yield exchanges;
  }
}
