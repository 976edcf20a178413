import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { passOn, requestOver } from '../adapters/http-client.js';
import { RemoteError } from './remote-exchange.js';
import type { RemoteCall } from './remote-exchange.js';

/** Forwards over HTTP/1.1, by node:http. */
export async function exchangeHttp({ scope, socket, body, answer }: RemoteCall): Promise<void> {
  const request = requestOver(socket, scope);
  void body.run(
    request,
    (data) => [data],
    () => request.end(),
  );
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    await passOn(response, answer);
  } catch (error) {
    if (error instanceof RemoteError) throw error;
    throw new RemoteError(502, 'Bad Gateway');
  }
}
