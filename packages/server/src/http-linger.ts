import type { IncomingMessage } from 'node:http';

/** How long a client may go on sending what nobody reads, in milliseconds. */
const LINGER_MS = 5000;

/**
 * Lets a connection whose request is not complete be closed in two steps (RFC 9112 §9.6): this side ends, the rest of the
 * request is read, then all is over. node:http would close at once, and the unread bytes turn the close into a reset
 * that destroys the response on its way.
 */
export function lingerOn(request: IncomingMessage): void {
  const { socket } = request;
  socket.destroySoon = () => {
    Reflect.deleteProperty(socket, 'destroySoon');
    if (request.complete) {
      socket.destroySoon();
      return;
    }
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    request.once('close', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  };
}
