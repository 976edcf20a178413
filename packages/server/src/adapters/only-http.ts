import type {
  ASGI3Application,
  ASGIProtocolHandler,
  ASGIReceiveCallable,
  ASGISendCallable,
  HTTPReceiveEvent,
  HTTPSendEvent,
} from '@gatewire/interfaces';

export type HTTPReceive = ASGIReceiveCallable<HTTPReceiveEvent>;
export type HTTPSend = ASGISendCallable<HTTPSendEvent>;

/** An application of HTTP alone: refuses WebSockets with 403, and has no lifespan. */
export function onlyHttp(handler: ASGIProtocolHandler<'http'>): ASGI3Application {
  return async (scope, receive, send) => {
    if (scope.type === 'http') {
      await handler(scope, receive as HTTPReceive, send);
    } else if (scope.type === 'websocket') {
      await receive();
      await send({ type: 'websocket.close' });
    } else {
      throw new TypeError(`no handler for scope type ${JSON.stringify(scope.type)}`);
    }
  };
}

/** Answers with a line of text. */
export async function refuse(send: HTTPSend, status: number, line: string): Promise<void> {
  const body = Buffer.from(`${line}\n`);
  const type = [Buffer.from('content-type'), Buffer.from('text/plain')] as const;
  const length = [Buffer.from('content-length'), Buffer.from(String(body.length))] as const;
  await send({ type: 'http.response.start', status, headers: [type, length] });
  await send({ type: 'http.response.body', body });
}
