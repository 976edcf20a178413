import { variablesFromScope } from '@gatewire/environ/variables';
import { FCGI_PROTOCOL_STATUS, FcgiProtocolError, FcgiWebServer } from '@gatewire/fastcgi';
import type { FcgiResponseEvent } from '@gatewire/fastcgi';
import { AnswerReader, received, RemoteError } from './remote-exchange.js';
import type { RemoteCall } from './remote-exchange.js';

/** Forwards over FastCGI: one request, which END_REQUEST ends. What the application writes to STDERR is dropped. */
export async function exchangeFastcgi({ scope, socket, body, answer, variables }: RemoteCall): Promise<void> {
  const webServer = new FcgiWebServer({ emptyNames: 'accept' });
  const id = webServer.begin();
  const pairs = variablesFromScope(scope, { ...variables, form: 'fastcgi' });
  for (const chunk of webServer.params(id, pairs)) socket.write(chunk);
  void body.run(
    socket,
    (data) => webServer.stdin(id, data),
    () => {
      for (const chunk of webServer.stdinEnd(id)) socket.write(chunk);
    },
  );
  const reader = new AnswerReader(scope.method, answer);
  for await (const chunk of received(socket)) {
    webServer.receive(chunk);
    for (let event = next(webServer); event !== null; event = next(webServer)) {
      if (event.kind === 'stdout') await reader.receive(event.data);
      else if (event.kind === 'end') {
        if (event.protocolStatus !== FCGI_PROTOCOL_STATUS.REQUEST_COMPLETE)
          throw new RemoteError(502, 'Bad Gateway');
        await reader.finish();
        return;
      }
    }
  }
  if (!body.gone) throw new RemoteError(502, 'Bad Gateway');
}

function next(webServer: FcgiWebServer): FcgiResponseEvent | null {
  try {
    return webServer.next();
  } catch (error) {
    if (error instanceof FcgiProtocolError) throw new RemoteError(502, 'Bad Gateway');
    throw error;
  }
}
