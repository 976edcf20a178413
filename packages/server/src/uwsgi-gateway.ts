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

const NOTHING: Uint8Array = new Uint8Array(0);

/** The uwsgi protocol on one connection: one request, or a ping. */
export function uwsgiGateway(): Gateway {
  const codec = new UwsgiApplication();
  let isFirst = true;
  let pinged = false;
  /** The bytes at hand, and how many have come with them. */
  let chunk = NOTHING;
  let received = 0;
  return {
    protocol: 'uwsgi',
    codec: {
      receive: (bytes) => {
        chunk = bytes;
        received += bytes.length;
        pinged = isFirst && bytes.length === PING.length && PING.equals(bytes);
        isFirst = false;
        if (!pinged) codec.receive(bytes);
      },
      next: () => {
        const event = codec.next();
        if (event === null) chunk = NOTHING;
        return event;
      },
      finish: () => codec.finish(),
    },
    framing: () => PLAIN_FRAMING,
    takeReplies: () => {
      const replies = pinged ? [PONG] : [];
      pinged = false;
      return replies;
    },
    behind: () => chunk.subarray(chunk.length - (received - codec.offset)),
    begun: false,
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
