import type { ASGI3Application } from '@gatewire/interfaces';
import { HTTPConversation } from './asgi-http.js';
import { Lifespan } from './asgi-lifespan.js';
import type { LifespanMode } from './asgi-lifespan.js';
import { runWebSocket } from './asgi-websocket.js';
import type { Exchange } from './exchange.js';
import { ClientGone } from './client.js';
import { describeError, failExchange, requestName } from './runner.js';
import type { Runner, RunnerContext } from './runner.js';

/** Runs an ASGI application. */
export function asgiRunner(app: ASGI3Application, context: RunnerContext, mode: LifespanMode): Runner {
  const lifespan = new Lifespan(app, mode, context);
  const called: ASGI3Application = (scope, receive, send) => {
    const { state } = lifespan;
    if (state !== null) scope.state = { ...state };
    return app(scope, receive, send);
  };
  return {
    webSockets: true,
    start: () => lifespan.start(),
    run: (exchange) =>
      exchange.upgrade === null
        ? runHTTP(called, exchange, context)
        : runWebSocket(called, exchange, exchange.upgrade, context),
    stop: () => lifespan.stop(),
  };
}

/**
 * Calls an ASGI application for one HTTP request. Resolves when the response is complete or the client has gone; the
 * application may go on in the background.
 */
async function runHTTP(app: ASGI3Application, exchange: Exchange, context: RunnerContext): Promise<void> {
  const conversation = new HTTPConversation(exchange, context);
  const call = callHTTP(app, exchange, conversation, context);
  context.background(call);
  await Promise.race([call, conversation.over]);
}

async function callHTTP(
  app: ASGI3Application,
  exchange: Exchange,
  conversation: HTTPConversation,
  context: RunnerContext,
): Promise<void> {
  try {
    const call: Promise<unknown> = app(exchange.scope(), conversation.receive, conversation.send);
    const returned = await call;
    if (exchange.client.gone === null) await conversation.settle();
    if (returned !== undefined) reportReturned(returned, exchange, context);
  } catch (error) {
    if (!conversation.complete || error instanceof ClientGone) {
      failExchange(error, exchange, conversation.committed, context);
      return;
    }
    const message = `${requestName(exchange)}: failed after the response: ${describeError(error)}`;
    context.log({ level: 'error', event: 'application_error', message, error });
  }
}

function reportReturned(returned: unknown, exchange: Exchange, { log }: RunnerContext): void {
  const message = `${requestName(exchange)}: an ASGI application returns nothing, this one a ${typeof returned}`;
  log({ level: 'error', event: 'application_error', message });
}
