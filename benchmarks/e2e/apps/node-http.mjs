// The application on node:http. Argument: the unix socket to listen at.
import { createServer } from 'node:http';

const HELLO = Buffer.from('hello world\n');
const LARGE = Buffer.alloc(16_384, 'x');

const server = createServer((request, response) => {
  if (request.method === 'POST') {
    let length = 0;
    request.on('data', (chunk) => {
      length += chunk.length;
    });
    request.on('end', () => answer(response, Buffer.from(`${length}\n`)));
    return;
  }
  answer(response, request.url?.endsWith('/16k') ? LARGE : HELLO);
});

// Slices lie further apart than five seconds.
server.keepAliveTimeout = 600_000;
server.listen(process.argv[2]);
process.on('SIGTERM', () => process.exit());

/** @param {import('node:http').ServerResponse} response @param {Buffer} body */
function answer(response, body) {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': String(body.length) });
  response.end(body);
}
