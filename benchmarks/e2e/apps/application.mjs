// The application, WSGI-style, for gatewire. Every other file in this folder does the same in another language or for
// another server: /hello is 12 bytes, /16k is 16 KiB that lie ready, a POST is read to its end and its length answered.
const HELLO = new TextEncoder().encode('hello world\n');
const LARGE = new Uint8Array(16_384).fill(0x78);

/**
 * @param {import('@gatewire/interfaces').WSGIEnvironment} environ
 * @param {import('@gatewire/interfaces').StartResponse} startResponse
 */
export default function application(environ, startResponse) {
  if (environ.REQUEST_METHOD === 'POST') return answerPost(environ, startResponse);
  return answer(startResponse, environ.PATH_INFO.endsWith('/16k') ? LARGE : HELLO);
}

/**
 * @param {import('@gatewire/interfaces').WSGIEnvironment} environ
 * @param {import('@gatewire/interfaces').StartResponse} startResponse
 */
async function answerPost(environ, startResponse) {
  const body = await environ['wsgi.input'].read();
  return answer(startResponse, new TextEncoder().encode(`${body.length}\n`));
}

/** @param {import('@gatewire/interfaces').StartResponse} startResponse @param {Uint8Array} body */
function answer(startResponse, body) {
  startResponse('200 OK', [
    ['Content-Type', 'text/plain'],
    ['Content-Length', String(body.length)],
  ]);
  return [body];
}
