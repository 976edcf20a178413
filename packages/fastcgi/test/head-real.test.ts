// Heads that a real CGI library writes: wsgiref of Python, whose CGIHandler answers on its standard output.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeWith, drain, findProgram, joinFragments } from '@gatewire/testkit';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import type { ResponseHeadEvent } from '@gatewire/fastcgi/cgi';
import { expect, test } from 'vitest';

/** What a WSGI application gives wsgiref's handler, and what that writes, in the chunks in which it comes. */
async function answer(start: string, body: string): Promise<ResponseHeadEvent[]> {
  const program = `
from wsgiref.handlers import CGIHandler
def application(environ, start_response):
    write = start_response(${start})
    return ${body}
CGIHandler().run(application)
`;
  const child = spawn(findProgram('python3') ?? '', ['-c', program], {
    env: {
      ...process.env,
      REQUEST_METHOD: 'GET',
      SERVER_NAME: 'a',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
  });
  const chunks: Uint8Array[] = [];
  child.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
  const { events, error } = drain(new ResponseHeadDecoder({ forms: 'cgi' }), chunks);
  expect(error).toBeNull();
  return joinFragments(events);
}

describeWith('python3', 'what wsgiref writes as a CGI program', () => {
  test('a document', async () => {
    const headers =
      "[('Content-Type', 'text/plain'), ('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2'), ('X', '\\xe9')]";
    expect(await answer(`'404 Not Found', ${headers}`, "[b'no', b'pe']")).toEqual([
      {
        kind: 'head',
        form: 'cgi',
        httpVersion: null,
        status: 404,
        reason: 'Not Found',
        headers: ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X', '\u00e9'],
        location: 'document',
        contentType: 'text/plain',
        contentLength: null,
      },
      { kind: 'body', data: Uint8Array.of(110, 111, 112, 101) },
      { kind: 'bodyEnd', missing: 0, surplus: 0 },
    ]);
  });

  test('a redirect, with the length that wsgiref adds', async () => {
    const [head, end] = await answer("'302 Found', [('Location', '/login?next=%2F')]", '[]');
    expect(head).toMatchObject({
      status: 302,
      location: 'client-redirect',
      contentLength: 0,
      contentType: null,
    });
    expect(end).toEqual({ kind: 'bodyEnd', missing: 0, surplus: 0 });
  });

  test('1 MiB', async () => {
    const events = await answer("'200 OK', [('Content-Length', '1048576')]", "[b'x' * 1048576]");
    expect(events.map((event) => (event.kind === 'body' ? event.data.length : event.kind))).toEqual([
      'head',
      1_048_576,
      'bodyEnd',
    ]);
    expect(events[2]).toEqual({ kind: 'bodyEnd', missing: 0, surplus: 0 });
  });
});
