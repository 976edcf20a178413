import { FcgiApplication, FcgiProtocolError } from '@gatewire/fastcgi';
import type { FcgiRequestEvent } from '@gatewire/fastcgi';
import { RecordFollower } from './fastcgi-records.js';
import type { Gateway, GatewayEvent } from './gateway.js';

/** Eight zeros: a record of a version that does not exist, which no web server takes for the end of a response. */
const NO_RECORD = new Uint8Array(8);

/**
 * FastCGI on one connection: one request after the other. Several at once are refused: the protocol has no flow
 * control, so a body that is read slowly would hold all of them.
 */
export function fastcgiGateway(): Gateway {
  const codec = new FcgiApplication({ roles: [1], mpxsConns: false });
  const follower = new RecordFollower();
  return {
    protocol: 'fastcgi',
    codec: {
      receive: (chunk) => {
        follower.follow(chunk);
        codec.receive(chunk);
      },
      next: () => {
        const event = codec.next();
        if (event?.kind === 'request') follower.gotHead();
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
    takeReplies: () => {
      const replies = codec.takeReplies();
      if (replies.length > 0) follower.replied(replies);
      return replies;
    },
    behind: null,
    get incoming() {
      return follower.incoming;
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
