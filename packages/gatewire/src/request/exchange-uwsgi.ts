import type { Socket } from 'node:net';
import { encodeRequest, UWSGI_DEFAULT_BUFFER_SIZE } from '@gatewire/uwsgi';
import { ResponseReader } from './response-reader.js';
import { received, send, sendBody } from './send.js';
import type { OutgoingRequest, Outputs } from './outgoing.js';

const OVERSIZE = `a uWSGI closes the connection on more than its --buffer-size, by default ${UWSGI_DEFAULT_BUFFER_SIZE}`;

/**
 * Sends a request over uwsgi and delivers the answer, which closing ends.
 *
 * @throws RangeError when the variables fit into no packet.
 */
export async function exchangeUwsgi(
  socket: Socket,
  pairs: readonly string[],
  request: OutgoingRequest,
  outputs: Outputs,
): Promise<void> {
  const { body, method, modifier1, modifier2 } = request;
  const [packet] = encodeRequest(pairs, {
    modifier1,
    modifier2,
    contentLength: body?.bytes ?? 0,
    duplicates: 'keep',
    hopByHop: 'keep',
    onOversize: (bytes) => outputs.warn(`${bytes} bytes of variables: ${OVERSIZE}`),
  });
  outputs.trace.packet('>', packet, body?.bytes ?? 0);
  const reader = new ResponseReader(method, outputs.delivery, outputs.trace);
  const sending = send(socket, [packet]).then(() => sendBody(socket, body, (chunk) => [chunk]));
  for await (const chunk of received(socket)) await reader.receive(chunk);
  await reader.finish();
  socket.destroy();
  await sending;
}
