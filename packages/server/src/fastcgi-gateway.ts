import { FcgiApplication, FcgiProtocolError } from '@gatewire/fastcgi';
import type { FcgiRequestEvent } from '@gatewire/fastcgi';
import type { Gateway, GatewayEvent } from './gateway.js';

/** Eight zeros: a record of a version that does not exist, which no web server takes for the end of a response. */
const NO_RECORD = new Uint8Array(8);

/**
 * FastCGI on one connection: one request after the other. Several at once are refused: the protocol has no flow
 * control, so a body that is read slowly would hold all of them.
 */
export function fastcgiGateway(): Gateway {
  const codec = new FcgiApplication({ roles: [1], mpxsConns: false });
  return {
    protocol: 'fastcgi',
    codec: {
      receive: (chunk) => codec.receive(chunk),
      next: () => {
        const event = codec.next();
        return event === null ? null : forResponder(event);
      },
      finish: () => codec.finish(),
    },
    framing: ({ requestId }) => ({
      form: 'cgi',
      data: (piece) => codec.stdout(requestId, piece),
      end: () => codec.end(requestId),
      abort: () => codec.end(requestId),
      spoil: () => [NO_RECORD],
    }),
    takeReplies: () => codec.takeReplies(),
    behind: null,
    get begun() {
      return codec.openRequests > 0;
    },
    get shouldClose() {
      return codec.shouldClose;
    },
    peerError: (error) => (error instanceof FcgiProtocolError ? error : null),
    answerTo: () => null,
  };
}

/** Only filters have data, and none is accepted. */
function forResponder(event: FcgiRequestEvent): GatewayEvent {
  if (event.kind !== 'data' && event.kind !== 'dataEnd') return event;
  throw new TypeError(`a responder was given ${event.kind}`);
}
