import { expect, test } from 'vitest';
import { open, pause, start, until } from './client.js';

test('a Fetch handler that cancels the body while it waits for it: a body too large ends nothing but that', async () => {
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): unknown => rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  let cancelled = false;
  const server = await start(
    {
      fetch: async ({ body, signal }) => {
        const reader = body!.getReader();
        const pieces = [reader.read(), reader.read()];
        await pieces[0];
        // Until the second read has begun.
        await pause(20);
        await reader.cancel();
        cancelled = true;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return new Response('late');
      },
    },
    { maxBodyBytes: 10 },
  );
  const socket = await open(server.http);
  socket.resume();
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  await until(() => cancelled);
  socket.write('10\r\n0123456789abcdef\r\n');
  await until(() => server.access.length === 1);
  socket.destroy();
  await until(() => server.access.length === 1);
  process.off('unhandledRejection', onRejection);
  expect([cancelled, rejections]).toEqual([true, []]);
  await server.close();
});
