import { UwsgiApplication, UwsgiProtocolError } from '@gatewire/uwsgi';
import type { Framing, Gateway, PeerError } from './gateway.js';

/** HTTP text as it is, its end told by closing. No chunking: nginx and Apache would pass it on as body text. */
export const PLAIN_FRAMING: Framing = {
  form: 'http',
  data: (piece) => [piece],
  end: () => [],
  abort: () => null,
  spoil: () => [],
};

/** A ping, and its answer: all is well. It is no request, and comes alone: what health checks send, `uwsgi --ping`. */
const PING = Buffer.from([100, 0, 0, 0]);
const PONG = new Uint8Array([100, 0, 0, 1]);

/** The uwsgi protocol on one connection: one request, or a ping. */
export function uwsgiGateway(): Gateway {
  const codec = new UwsgiApplication();
  let isFirst = true;
  let pinged = false;
  return {
    protocol: 'uwsgi',
    codec: {
      receive: (chunk) => {
        pinged = isFirst && chunk.length === PING.length && PING.equals(chunk);
        isFirst = false;
        if (!pinged) codec.receive(chunk);
      },
      next: () => codec.next(),
      finish: () => codec.finish(),
    },
    framing: () => PLAIN_FRAMING,
    takeReplies: () => {
      const replies = pinged ? [PONG] : [];
      pinged = false;
      return replies;
    },
    tunnels: true,
    incoming: null,
    shouldClose: true,
    peerError: (error) => (error instanceof UwsgiProtocolError ? error : null),
    answerTo,
  };
}

/** Malformed bytes get no answer, as with uWSGI; where the packet was sound, or is HTTP, the peer can be told. */
function answerTo({ code, message }: PeerError): number | null {
  switch (code) {
    case 'UWSGI_NOT_UWSGI':
      return message.startsWith('this is HTTP,') ? 400 : null;
    case 'UWSGI_EMPTY_REQUEST':
    case 'UWSGI_BAD_CONTENT_LENGTH':
      return 400;
    case 'UWSGI_LENGTH_REQUIRED':
      return 411;
    default:
      return null;
  }
}
