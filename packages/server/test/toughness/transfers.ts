import { encodeRecord, FCGI_TYPE } from '@gatewire/fastcgi';
import type { BoundAddress } from '@gatewire/server';
import { closed, dial, requestBytes } from './target.js';

const BLOCK_BYTES = 65_536;

/** Sends `blocks` blocks of 64 KiB as the body of a request and gives what the server says of it. */
export async function upload(address: BoundAddress, blocks: number): Promise<string> {
  const socket = await dial(address);
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.once('end', () => socket.end());
  socket.write(requestBytes(address, '/read', '', blocks * BLOCK_BYTES));
  const block = new Uint8Array(BLOCK_BYTES);
  const half = encodeRecord(FCGI_TYPE.STDIN, 1, block.subarray(BLOCK_BYTES / 2));
  const sent = address.protocol === 'fastcgi' ? Buffer.concat([half, half]) : block;
  let wake: () => void = () => undefined;
  socket.on('drain', () => wake()).on('close', () => wake());
  for (let i = 0; i < blocks && !socket.destroyed; i++) {
    if (!socket.write(sent)) await new Promise<void>((resolve) => (wake = resolve));
  }
  if (address.protocol === 'fastcgi') socket.write(encodeRecord(FCGI_TYPE.STDIN, 1));
  await closed(socket);
  return Buffer.concat(parts).toString('latin1');
}

/** Asks for `blocks` blocks of 64 KiB and gives the number of bytes that came, head and framing included. */
export async function download(address: BoundAddress, blocks: number): Promise<number> {
  const socket = await dial(address);
  let bytes = 0;
  socket.on('data', (part: Buffer) => (bytes += part.length));
  socket.once('end', () => socket.end());
  socket.write(requestBytes(address, '/send', String(blocks)));
  await closed(socket);
  return bytes;
}
