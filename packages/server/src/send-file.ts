import { open } from 'node:fs/promises';

/** Bytes read at once. */
const BLOCK_BYTES = 65_536;

/** Sends a file in blocks, each after the one before it is taken. Rejects with the `code` of the system call. */
export async function sendFile(
  path: string,
  write: (data: Uint8Array) => Promise<void> | undefined,
): Promise<void> {
  const file = await open(path);
  try {
    for (;;) {
      // A new block each time: the one before it may still wait in the socket.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(BLOCK_BYTES), 0, BLOCK_BYTES);
      if (bytesRead === 0) return;
      await write(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
