import { variablesFromScope } from '@gatewire/environ/variables';
import { encodeRequest } from '@gatewire/uwsgi';
import { AnswerReader, received } from './remote-exchange.js';
import type { RemoteCall } from './remote-exchange.js';

/** Forwards over uwsgi: one packet, the body, and an answer that closing ends. */
export async function exchangeUwsgi({ scope, socket, body, answer, variables }: RemoteCall): Promise<void> {
  const pairs = variablesFromScope(scope, { ...variables, form: 'uwsgi' });
  const length = pairs.findIndex((name, i) => i % 2 === 0 && name === 'CONTENT_LENGTH');
  const [packet] = encodeRequest(pairs, { contentLength: length < 0 ? 0 : Number(pairs[length + 1]) });
  socket.write(packet);
  void body.run(
    socket,
    (data) => [data],
    () => undefined,
  );
  const reader = new AnswerReader(scope.method, answer);
  for await (const chunk of received(socket)) await reader.receive(chunk);
  if (!body.gone) await reader.finish();
}
