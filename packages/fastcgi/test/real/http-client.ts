import { connect } from 'node:net';

export { ask } from '@gatewire/testkit';

/** Begins an upload of `total` bytes, sends `part`, and hangs up when `ready` resolves. */
export async function uploadAndLeave(
  port: number,
  path: string,
  total: number,
  part: Uint8Array,
  ready: () => Promise<unknown>,
): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`POST ${path} HTTP/1.1\r\nHost: example.test\r\nContent-Length: ${total}\r\n\r\n`);
  socket.write(part);
  await ready();
  socket.destroy();
}
