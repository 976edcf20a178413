import { findProgram } from '@gatewire/testkit/servers';
import { encodePacket } from '@gatewire/uwsgi';
import type { Case, ServedPeer } from './case.js';
import { asHttpRequest, CORPUS } from './corpus.js';
import { C_NEEDS, cProgram, GO_NEEDS, goProgram, sourcePath } from './external.js';
import { KEEP_CONN, requestBytes } from './fastcgi.js';
import type { Talk } from './socket/driver.js';

/** How a server is started, and what is said to it. */
export interface Served {
  /** What has to be installed, as a person would look for it; empty when nothing has to be. */
  readonly needs: string;
  /** The command that listens at `socket`, `null` when something is missing. `server` is our own server as one file. */
  readonly command: (folder: string, socket: string, server: string) => readonly string[] | null;
  readonly talk: Talk;
}

/** Names that the page on claims looks for. */
export const SOCKET_CASE = 'socket/get-25';
export const SOCKET_UWSGI = 'uwsgi: UwsgiApplication on node:net';
export const SOCKET_FASTCGI = 'FastCGI: FcgiApplication on node:net, closed';
export const SOCKET_FASTCGI_KEPT = 'FastCGI: FcgiApplication on node:net, kept';
export const SOCKET_PYTHON = 'uwsgi: uWSGI with Python';
export const SOCKET_LIBFCGI = 'FastCGI: libfcgi in C, closed';

const GET = CORPUS[0].pairs;
const UWSGI = talk(encodePacket(0, 0, GET), false);
const FASTCGI = talk(requestBytes(GET), false);
const FASTCGI_KEPT = talk(requestBytes(GET, KEEP_CONN), true);
const HTTP = talk(Buffer.from(asHttpRequest(GET), 'latin1'), true);

/** The whole cycle with the socket that the bytes come from: some programs have no other way in. */
export const SOCKET_CASES: readonly Case[] = [
  {
    name: SOCKET_CASE,
    work: "a GET came over a unix socket and a 200 with 1 KiB of body went back; CPU time of the server's process, the kernel's part included",
    peers: [
      ours(SOCKET_UWSGI, 'uwsgi', UWSGI),
      ours(SOCKET_FASTCGI, 'fastcgi', FASTCGI),
      ours(SOCKET_FASTCGI_KEPT, 'fastcgi', FASTCGI_KEPT),
      ours('uwsgi: node:net, a ready answer', 'ready', UWSGI),
      ours('HTTP: node:http, kept', 'http', HTTP),
      served(SOCKET_PYTHON, UWSGI, 'uwsgi-core and uwsgi-plugin-python3', (_folder, socket) => {
        const program = findProgram('uwsgi');
        return program === null ? null : [program, ...uwsgiOptions(socket)];
      }),
      served(SOCKET_LIBFCGI, FASTCGI, C_NEEDS, (folder, socket) => {
        const program = cProgram(folder);
        return program === null ? null : [program, '--serve', socket];
      }),
      served('FastCGI: Go net/http/fcgi, kept', FASTCGI_KEPT, GO_NEEDS, (folder, socket) => {
        const program = goProgram(folder);
        return program === null ? null : [program, '--serve', socket];
      }),
    ],
  },
];

function ours(name: string, protocol: string, said: Talk): ServedPeer {
  return served(name, said, '', (_folder, socket, server) => [process.execPath, server, protocol, socket]);
}

function served(name: string, said: Talk, needs: string, command: Served['command']): ServedPeer {
  return { name, served: { needs, command, talk: said } };
}

/** One process, no log, nothing between the protocol and Python. */
function uwsgiOptions(socket: string): string[] {
  return [
    ...['--plugin', 'python3', '--socket', socket, '--listen', '128'],
    ...['--wsgi-file', sourcePath('cycle.py'), '--need-app', '--disable-logging', '--die-on-term'],
  ];
}

function talk(request: Uint8Array, keep: boolean): Talk {
  return { request: Buffer.from(request).toString('base64'), keep };
}
