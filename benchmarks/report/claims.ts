import {
  BARE_FASTCGI,
  BARE_UWSGI,
  GATEWIRE_FASTCGI,
  GATEWIRE_UWSGI,
  NODE_CLOSE,
  NODE_KEEP,
} from '../e2e/backends.js';
import { cpuRatio } from '../e2e/measure.js';
import { markdownTable } from '../markdown.js';
import {
  SOCKET_CASE,
  SOCKET_FASTCGI,
  SOCKET_FASTCGI_KEPT,
  SOCKET_LIBFCGI,
  SOCKET_PYTHON,
  SOCKET_UWSGI,
} from '../socket.js';
import type { Saved } from './results.js';
import { rateRatio } from './targets.js';

const CLOSED = 'gatewire FastCGI, closed';

/** CLAIMS.md: what people say, and the measurement that settles it. Every number and every verdict comes from `saved`. */
export function claimsPage(saved: Saved): string {
  return `# Claims in circulation, checked

Written by \`npm run bench -- --charts\` from what was measured and saved last; do not edit. The tables are in
[RESULTS.md](RESULTS.md), the method in [README.md](README.md). CPU time is that of the back end alone, for one request.

## "uwsgi is faster than FastCGI"

${uwsgiFaster(saved)}

A uwsgi packet is a four-byte header and one block; FastCGI has five records for a GET, lengths of one byte or four,
padding, and the request's number in every record. That is what the codec pays, and it is small beside a connection: uwsgi
has no way to keep one, so every request takes an accept, the set-up of a stream and a close. FastCGI with
\`fastcgi_keep_conn\` takes none of them. At a unix socket the kernel's part is counted, and uWSGI's also runs the Python
application; it is the program that such comparisons mean by "uwsgi".

## "Ten times faster than fcgi"

${tenTimes(saved)}

What was ten times slower in such comparisons was another program, not FastCGI: a decoder that copies every record, an
application that is started for each request, or a language. The same protocol, in decoders that do the same work, differs
by the factors above; two protocols in one decoder differ by far less.

## "Binary beats text"

${binaryBeats(saved)}

What a binary format saves is the search for the ends of names and lines, and the case of header names. What remains is the
same for both: a string for every name and value, and an object to look them up in. An HTTP parser in compiled C reads text
about as fast as JavaScript reads lengths; what it then costs to hand its findings to JavaScript, and node:http around
it, is what a gateway protocol avoids.
`;
}

function uwsgiFaster(saved: Saved): string {
  const bench = saved.bench?.results ?? [];
  const decode = rateRatio(
    bench,
    'cycle/get-25',
    'UwsgiApplication, new',
    'FcgiApplication, connection kept',
  );
  const head = rateRatio(
    bench,
    'respond/1k',
    'uwsgi: encodeResponseHead, the body as it is',
    'FastCGI: encodeResponseHead + records',
  );
  const socket = (one: string, other: string): number | null => rateRatio(bench, SOCKET_CASE, one, other);
  return table([
    [
      'codec alone, a request in and 1 KiB out: rate of uwsgi / FastCGI kept',
      decode,
      (x) => faster('uwsgi', 'FastCGI', x),
    ],
    ['codec alone, a response of 1 KiB: rate of uwsgi / FastCGI', head, (x) => faster('uwsgi', 'FastCGI', x)],
    [
      'our codecs at a unix socket: rate of uwsgi / FastCGI kept',
      socket(SOCKET_UWSGI, SOCKET_FASTCGI_KEPT),
      (x) => faster('uwsgi', 'FastCGI', x),
    ],
    [
      'our codecs at a unix socket: rate of uwsgi / FastCGI closed',
      socket(SOCKET_UWSGI, SOCKET_FASTCGI),
      (x) => faster('uwsgi', 'FastCGI', x),
    ],
    [
      'programs in C at a unix socket: rate of uWSGI with Python / libfcgi closed',
      socket(SOCKET_PYTHON, SOCKET_LIBFCGI),
      (x) => faster('uwsgi', 'FastCGI', x),
    ],
    [
      'behind nginx: CPU time of uwsgi / FastCGI kept',
      cpu(saved, GATEWIRE_UWSGI, GATEWIRE_FASTCGI),
      dearer('uwsgi'),
    ],
    ['behind nginx: CPU time of uwsgi / FastCGI closed', cpu(saved, GATEWIRE_UWSGI, CLOSED), dearer('uwsgi')],
    [
      'a bare server: CPU time of uwsgi / FastCGI kept',
      cpu(saved, BARE_UWSGI, BARE_FASTCGI),
      dearer('uwsgi'),
    ],
  ]);
}

function tenTimes(saved: Saved): string {
  const bench = saved.bench?.results ?? [];
  const ratio = (name: string, one: string, other: string): number | null =>
    rateRatio(bench, name, one, other);
  const cycle = 'cycle/get-25';
  const kept = 'FcgiApplication, connection kept';
  const said = (x: number): string =>
    x >= 10 ? `true of this pair: ${x.toFixed(1)} times` : `${x.toFixed(1)} times`;
  return table([
    [
      'our FastCGI decoder / fastcgi-parser',
      ratio('fastcgi/decode/get-25', 'FcgiApplication, new', 'fastcgi-parser'),
      said,
    ],
    [
      'our FastCGI decoder / fastcgi-stream',
      ratio('fastcgi/decode/get-25', 'FcgiApplication, new', 'fastcgi-stream'),
      said,
    ],
    [
      'our FastCGI decoder / node-fastcgi',
      ratio('fastcgi/decode/get-25', 'FcgiApplication, new', 'node-fastcgi'),
      said,
    ],
    [
      'our whole cycle / Go net/http/fcgi',
      ratio(cycle, kept, 'Go net/http/fcgi, connection kept, in memory'),
      said,
    ],
    [
      'our whole cycle / libfcgi with its socket',
      ratio(cycle, kept, 'libfcgi in C, connection kept, with its socket'),
      said,
    ],
    [
      'our codecs at a unix socket / uWSGI with Python, both uwsgi',
      ratio(SOCKET_CASE, SOCKET_UWSGI, SOCKET_PYTHON),
      said,
    ],
    ['uwsgi / FastCGI, whole cycle, both ours', ratio(cycle, 'UwsgiApplication, new', kept), said],
  ]);
}

function binaryBeats(saved: Saved): string {
  const bench = saved.bench?.results ?? [];
  const llhttp = 'llhttp, the equivalent HTTP request';
  const text = (x: number): string => faster('binary', 'text', x);
  return table([
    [
      'rate of decodeVars / llhttp',
      rateRatio(bench, 'uwsgi/decode/get-25', 'decodeHeader + decodeVars', llhttp),
      text,
    ],
    [
      'rate of FcgiApplication / llhttp',
      rateRatio(bench, 'fastcgi/decode/get-25', 'FcgiApplication, new', llhttp),
      text,
    ],
    [
      'rate of decodeVars / JSON.parse',
      rateRatio(bench, 'uwsgi/decode/get-25', 'decodeHeader + decodeVars', 'JSON.parse(object)'),
      text,
    ],
    [
      'a bare server: CPU time of FastCGI kept / node:http kept',
      cpu(saved, BARE_FASTCGI, NODE_KEEP),
      dearer('binary'),
    ],
    [
      'gatewire: CPU time of FastCGI kept / HTTP kept',
      cpu(saved, GATEWIRE_FASTCGI, 'gatewire HTTP, kept'),
      dearer('binary'),
    ],
    [
      'gatewire FastCGI kept / node:http kept: CPU time',
      cpu(saved, GATEWIRE_FASTCGI, NODE_KEEP),
      dearer('binary'),
    ],
    ['gatewire uwsgi / node:http closed: CPU time', cpu(saved, GATEWIRE_UWSGI, NODE_CLOSE), dearer('binary')],
  ]);
}

type Row = readonly [what: string, value: number | null, verdict: (value: number) => string];

function table(rows: readonly Row[]): string {
  const cells = rows.map(([what, value, verdict]) => [
    what,
    value === null ? 'not measured' : verdict(value),
    value === null ? '' : value.toFixed(2),
  ]);
  return markdownTable([['measured', 'so', 'ratio'], ...cells], 2);
}

/** Below this share a difference is none. */
const SAME = 0.05;

function faster(one: string, other: string, ratio: number): string {
  if (Math.abs(ratio - 1) < SAME) return 'no difference';
  return ratio > 1 ? `${one} is faster` : `${other} is faster`;
}

/** CPU time: less is better. */
function dearer(one: string): (ratio: number) => string {
  return (ratio) =>
    Math.abs(ratio - 1) < SAME ? 'no difference' : `${one} costs ${ratio > 1 ? 'more' : 'less'}`;
}

function cpu({ e2e }: Saved, one: string, other: string): number | null {
  const hello = e2e?.results.find(({ scenario }) => scenario === 'hello');
  return hello === undefined ? null : (cpuRatio(hello, one, other)?.median ?? null);
}
