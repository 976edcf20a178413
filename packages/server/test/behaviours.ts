import type { RequestListener } from 'node:http';
import type { WSGIApplication } from '@gatewire/interfaces';
import { pause, text } from './client.js';

// The same application in three interfaces: /echo sends the body back, /cookies sets two, /status/N answers with it,
// /error fails before the response and /late after it began.
export const viaFetch = (incoming: Request): Response => {
  const { pathname } = new URL(incoming.url);
  if (pathname === '/echo') return new Response(incoming.body, { headers: { 'content-type': 'text/plain' } });
  if (pathname === '/cookies') {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
    ]);
    return new Response('two', { headers });
  }
  if (pathname.startsWith('/status/')) {
    const status = Number(pathname.slice(8));
    return new Response(status === 204 || status === 304 ? null : 'body', { status });
  }
  if (pathname === '/error') throw new Error('early');
  if (pathname === '/late') {
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield text('begun');
      await pause(50);
      throw new Error('late');
    };
    return new Response(ReadableStream.from(chunks()));
  }
  return Response.json({ url: pathname, method: incoming.method, x: incoming.headers.get('x-a') });
};

export const viaNode: RequestListener = (req, res) => {
  const pathname = new URL(req.url ?? '', 'http://a').pathname;
  if (pathname === '/echo') {
    res.writeHead(200, { 'content-type': 'text/plain' });
    req.pipe(res);
  } else if (pathname === '/cookies') {
    res.setHeader('set-cookie', ['a=1', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT']);
    res.end('two');
  } else if (pathname.startsWith('/status/')) {
    res.statusCode = Number(pathname.slice(8));
    res.end('body');
  } else if (pathname === '/error') {
    res.destroy(new Error('early'));
  } else if (pathname === '/late') {
    res.write('begun');
    setTimeout(() => res.destroy(new Error('late')), 50);
  } else {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ url: pathname, method: req.method, x: req.headers['x-a'] }));
  }
};

export const viaWsgi: WSGIApplication = (environ, startResponse) => {
  const { PATH_INFO: path } = environ;
  if (path === '/echo') {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return environ['wsgi.input'];
  }
  if (path === '/cookies') {
    startResponse('200 OK', [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
    ]);
    return [text('two')];
  }
  if (path.startsWith('/status/')) {
    startResponse(`${path.slice(8)} Status`, []);
    return [text('body')];
  }
  if (path === '/error') throw new Error('early');
  if (path === '/late') {
    startResponse('200 OK', []);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield text('begun');
      await pause(50);
      throw new Error('late');
    };
    return chunks();
  }
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  return [text(JSON.stringify({ url: path, method: environ.REQUEST_METHOD, x: environ['HTTP_X_A'] }))];
};
