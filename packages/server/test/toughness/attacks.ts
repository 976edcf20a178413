import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeBeginRequest, encodePairs, encodeRecord, FCGI_TYPE } from '@gatewire/fastcgi';
import type { BoundAddress } from '@gatewire/server';
import { closed, dial, requestBytes } from './target.js';

/**
 * `count` connections that do harm to one address; `during` runs when all are open. Resolves when all are over, with how
 * many the server has not ended though it has limits for them.
 */
export type Attack = (address: BoundAddress, count: number, during: () => Promise<void>) => Promise<number>;

/** The limits of `victim.ts` are far below this. */
const PATIENCE_MS = 12_000;

async function over(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => closed(socket)));
}

/** Reads what comes until the server ends each of the connections. */
async function endedByServer(sockets: readonly Socket[]): Promise<number> {
  for (const socket of sockets) {
    socket.resume();
    socket.once('end', () => socket.end());
    if (socket.readableEnded) socket.end();
  }
  let left = 0;
  const timer = setTimeout(() => {
    for (const socket of sockets) {
      if (!socket.destroyed) left++;
      socket.destroy();
    }
  }, PATIENCE_MS);
  await over(sockets);
  clearTimeout(timer);
  return left;
}

/** Opens connections, a hundred at a time: what a backlog takes without retries. */
async function dialMany(address: BoundAddress, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Math.min(100, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => dial(address)))));
  }
  return sockets;
}

/** The server has to end all of them: nothing here does, short of answering its end. */
function untilServerEnds(act: (socket: Socket, address: BoundAddress, index: number) => void): Attack {
  return async (address, count, during) => {
    const sockets = await dialMany(address, count);
    sockets.forEach((socket, index) => act(socket, address, index));
    await during();
    return endedByServer(sockets);
  };
}

/** Here they end, by a reset. */
function untilReset(act: (socket: Socket, address: BoundAddress, index: number) => void): Attack {
  return async (address, count, during) => {
    const sockets = await dialMany(address, count);
    sockets.forEach((socket, index) => act(socket, address, index));
    await during();
    await pause(20);
    for (const socket of sockets) {
      if (socket.remoteAddress === undefined) socket.destroy();
      else socket.resetAndDestroy();
    }
    await over(sockets);
    return 0;
  };
}

/** The same "random" bytes in every run. */
function noise(seed: number, size: number): Buffer {
  let state = seed + 1;
  return Buffer.from(Uint8Array.from({ length: size }, () => (state = (state * 48_271) % 0x7fffffff) & 0xff));
}

/** A request with some bytes changed. */
function mutated(address: BoundAddress, seed: number): Buffer {
  const bytes = requestBytes(address, '/fine');
  const places = noise(seed, 6);
  for (let i = 0; i < 6; i += 2) bytes[places[i] % bytes.length] = places[i + 1];
  // Flags of BEGIN_REQUEST: with KEEP_CONN the server may wait for ever for the next request.
  if (address.protocol === 'fastcgi') bytes[10] = 0;
  return bytes;
}

/** Drips a byte at a time, for as long as the connection stands. */
function drip(socket: Socket, bytes: Uint8Array): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length && socket.writable) socket.write(bytes.subarray(at, ++at));
  }, 60);
  socket.once('close', () => clearInterval(timer));
}

const record = (type: number, id: number, content?: Uint8Array): Uint8Array =>
  encodeRecord(type, id, content);
const PAIRS = encodePairs(['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '10', 'PATH_INFO', '/read']);

/** FastCGI in orders that no web server sends (§3.3, §5, §6.2). */
const OUT_OF_ORDER: readonly (readonly Uint8Array[])[] = [
  [record(FCGI_TYPE.STDIN, 1, new Uint8Array(10))],
  [record(FCGI_TYPE.PARAMS, 1, PAIRS)],
  [record(FCGI_TYPE.ABORT_REQUEST, 7)],
  [encodeBeginRequest(1, 1, 0), encodeBeginRequest(1, 1, 0)],
  [encodeBeginRequest(1, 1, 0), record(FCGI_TYPE.STDIN, 1, new Uint8Array(10))],
  [encodeBeginRequest(1, 1, 0), record(FCGI_TYPE.PARAMS, 1, PAIRS), record(FCGI_TYPE.STDIN, 1)],
  [encodeBeginRequest(1, 1, 1), record(FCGI_TYPE.PARAMS, 1), record(FCGI_TYPE.PARAMS, 1, PAIRS)],
  [
    encodeBeginRequest(1, 1, 0),
    record(FCGI_TYPE.PARAMS, 1, PAIRS),
    record(FCGI_TYPE.PARAMS, 1),
    record(FCGI_TYPE.STDIN, 1, new Uint8Array(11)),
  ],
  [
    encodeBeginRequest(1, 1, 0),
    record(FCGI_TYPE.PARAMS, 1, PAIRS),
    record(FCGI_TYPE.PARAMS, 1),
    record(FCGI_TYPE.STDIN, 1, new Uint8Array(10)),
    record(FCGI_TYPE.STDIN, 1),
    record(FCGI_TYPE.STDIN, 1, new Uint8Array(10)),
  ],
  [record(FCGI_TYPE.STDOUT, 1, PAIRS), record(FCGI_TYPE.END_REQUEST, 1, new Uint8Array(8))],
  [record(99, 0, new Uint8Array(100)), record(99, 5)],
  Array.from({ length: 400 }, (_, id) => encodeBeginRequest(id + 1, 1, 1)),
  Array.from({ length: 400 }, (_, id) => record(FCGI_TYPE.ABORT_REQUEST, id + 1)),
  Array.from({ length: 300 }, () => record(FCGI_TYPE.GET_VALUES, 0, encodePairs(['FCGI_MPXS_CONNS', '']))),
];

/** Every attack by what it is. Some are for one protocol. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'connections that never say anything': untilServerEnds(() => undefined),
  'connections that are reset in silence': untilReset(() => undefined),
  'heads that come a byte at a time': untilServerEnds((socket, address) =>
    drip(socket, requestBytes(address, '/fine')),
  ),
  'bodies that never come': untilServerEnds((socket, address) =>
    socket.write(requestBytes(address, '/read', '', 1000)),
  ),
  'bodies that stop half-way': untilServerEnds((socket, address) => {
    socket.write(requestBytes(address, '/read', '', 100_000));
    if (address.protocol === 'fastcgi') socket.write(record(FCGI_TYPE.STDIN, 1, new Uint8Array(50_000)));
    else socket.write(new Uint8Array(50_000));
  }),
  'responses that nobody reads': async (address, count, during) => {
    const sockets = await dialMany(address, count);
    for (const socket of sockets) socket.pause().write(requestBytes(address, '/send', '400'));
    await during();
    // Longer than the time in which something must move.
    await pause(1_000);
    return endedByServer(sockets);
  },
  'requests of clients that reset at once': untilReset((socket, address) =>
    socket.write(requestBytes(address, '/send', '400')),
  ),
  'sides that close before the request, and stay': untilServerEnds((socket) => socket.end()),
  'sides that close inside the head, and stay': untilServerEnds((socket, address) =>
    socket.end(requestBytes(address, '/fine').subarray(0, 20)),
  ),
  'sides that close inside the body, and stay': untilServerEnds((socket, address) =>
    socket.end(requestBytes(address, '/read', '', 1000)),
  ),
  'random bytes': untilServerEnds((socket, _, index) => socket.write(noise(index, 1 + (index % 200)))),
  'requests with random changes': untilServerEnds((socket, address, index) =>
    socket.write(mutated(address, index)),
  ),
  'requests of another protocol': untilServerEnds((socket, address) => {
    const other = address.protocol === 'uwsgi' ? 'fastcgi' : 'uwsgi';
    socket.write(requestBytes({ ...address, protocol: other }, '/fine'));
  }),
  // Some of them are complete requests with KEEP_CONN: the next may come whenever the web server likes.
  'FastCGI in an order that nobody sends': untilReset((socket, _, index) => {
    for (const bytes of OUT_OF_ORDER[index % OUT_OF_ORDER.length]) socket.write(bytes);
  }),
};
