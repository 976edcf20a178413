import { exchangeOver, requestOver } from '../adapters/http-client.js';
import { RemoteError } from './remote-exchange.js';
import type { RemoteCall } from './remote-exchange.js';

/** Forwards over HTTP/1.1, by node:http. */
export async function exchangeHttp({ scope, socket, body, answer }: RemoteCall): Promise<void> {
  const request = requestOver(socket, scope);
  try {
    await exchangeOver(request, body, answer);
  } catch (error) {
    if (error instanceof RemoteError) throw error;
    throw new RemoteError(502, 'Bad Gateway');
  }
}
