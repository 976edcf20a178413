// No server at all: node:net, and ready-made bytes for whatever looks like the end of a request. What is left is what
// node itself costs, and so the floor under every server that is written for it. Arguments: the protocol, the socket.
import { createServer } from 'node:net';

const [, , protocol, path] = process.argv;
const HELLO = Buffer.from('hello world\n');
const LARGE = Buffer.alloc(16_384, 'x');
const LENGTH = Buffer.from('10240\n');
const ends = { uwsgi: endsUwsgi, fastcgi: endsFastcgi }[protocol] ?? endsUwsgi;
const framed = protocol === 'fastcgi' ? asRecords : asHttp;
const ANSWERS = { hello: framed(HELLO), large: framed(LARGE), length: framed(LENGTH) };

createServer({ allowHalfOpen: true }, (socket) => {
  /** @type {Buffer[]} */
  let chunks = [];
  let received = 0;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    received += chunk.length;
    if (!ends(chunks[0], chunk, received)) return;
    const first = chunks[0];
    const answer = first.includes('POST') ? 'length' : first.includes('/16k') ? 'large' : 'hello';
    chunks = [];
    received = 0;
    // Bit 0 of the flags of BEGIN_REQUEST: the connection is kept.
    if (protocol === 'fastcgi' && (first[10] & 1) === 1) socket.write(ANSWERS[answer]);
    else socket.end(ANSWERS[answer]);
  });
  // A second end() makes an error object that nobody sees: 10 us of 57 per request.
  socket.on('end', () => {
    if (!socket.writableEnded) socket.end();
  });
  socket.on('error', () => socket.destroy());
}).listen(path);

process.on('SIGTERM', () => process.exit());

/** The packet's own size, and 10 KiB when it is a POST. @param {Buffer} first @param {Buffer} _last @param {number} received */
function endsUwsgi(first, _last, received) {
  return received >= 4 + first.readUInt16LE(1) + (first.includes('POST') ? 10_240 : 0);
}

/** The empty record of STDIN at the end. @param {Buffer} _first @param {Buffer} last */
function endsFastcgi(_first, last) {
  const at = last.length - 8;
  return at >= 0 && last.readUInt32BE(at) === 0x01050001 && last.readUInt16BE(at + 4) === 0;
}

/** @param {Buffer} body */
function asHttp(body) {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** @param {Buffer} body */
function asRecords(body) {
  const head = Buffer.from(`Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`);
  return Buffer.concat([
    record(6, Buffer.concat([head, body])),
    record(6, Buffer.alloc(0)),
    record(3, Buffer.alloc(8)),
  ]);
}

/** @param {number} type @param {Buffer} content */
function record(type, content) {
  const padding = -content.length & 7;
  const header = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 0xff, padding, 0]);
  return Buffer.concat([header, content, Buffer.alloc(padding)]);
}
