import { BARE_UWSGI, GATEWIRE_FASTCGI, GATEWIRE_UWSGI, NODE_CLOSE, NODE_KEEP } from '../e2e/backends.js';
import { cpuRatio } from '../e2e/measure.js';
import { AIMED_EXPONENT } from '../growth/measure.js';
import type { CaseResult } from '../run.js';
import type { Saved } from './results.js';

/** What the project wants to reach, and what was measured. */
export interface TargetRow {
  readonly work: string;
  readonly compared: string;
  readonly target: string;
  /** Null when it was not measured. */
  readonly value: number | null;
  readonly met: boolean | null;
}

/** Every target that a measurement decides. Ratios of rates want to be large, ratios of CPU time small. */
export function targetRows(saved: Saved): TargetRow[] {
  const codec = (work: string, name: string, one: string, other: string, least: number): TargetRow => {
    const value = rateRatio(saved.bench?.results ?? [], name, one, other);
    return row(work, other, `>= ${least} x`, value, value === null ? null : value >= least);
  };
  const server = (one: string, other: string, most: number): TargetRow => {
    const hello = saved.e2e?.results.find(({ scenario }) => scenario === 'hello');
    const value = hello === undefined ? null : (cpuRatio(hello, one, other)?.median ?? null);
    return row(
      `${one}, CPU per request`,
      other,
      `<= ${most} x`,
      value,
      value === null ? null : value <= most,
    );
  };
  const LLHTTP = 'llhttp, the equivalent HTTP request';
  const JSON_OBJECT = 'JSON.parse(object)';
  const RECORDS_ALONE = 'the same, its records and pairs alone';
  return [
    codec(
      'decode a uwsgi packet to pairs',
      'uwsgi/decode/get-25',
      'decodeHeader + decodeVars',
      JSON_OBJECT,
      3.5,
    ),
    codec('decode a FastCGI GET to pairs', 'fastcgi/decode/get-25', 'FcgiApplication, new', LLHTTP, 2.5),
    codec(
      'decode a FastCGI GET to pairs',
      'fastcgi/decode/get-25',
      'FcgiApplication, new',
      'fastcgi-parser',
      8,
    ),
    // As the uwsgi packet above is decoded: without the rules of a connection.
    codec(RECORDS_ALONE, 'fastcgi/decode/get-25', 'decodeHeader + decodePairs', LLHTTP, 2.5),
    codec(RECORDS_ALONE, 'fastcgi/decode/get-25', 'decodeHeader + decodePairs', 'fastcgi-parser', 8),
    codec(
      'decode and build the environ',
      'environ/get-25',
      'UwsgiApplication + buildEnviron',
      JSON_OBJECT,
      1.3,
    ),
    codec('read five variables', 'uwsgi/lookup/get-25', 'decodeHeader + VarsView, five get', LLHTTP, 4),
    codec(
      'decode a POST of 64 KiB',
      'fastcgi/post/64k',
      'FcgiApplication, new',
      'Buffer.copy of the records',
      0.5,
    ),
    codec(
      'encode a 200 of 64 KiB',
      'fastcgi/respond/64k',
      'encodeResponseHead + records',
      'Buffer.copy of the body',
      2,
    ),
    codec(
      'the same, its head ready-made',
      'fastcgi/respond/64k',
      'records, the head ready-made',
      'Buffer.copy of the body',
      2,
    ),
    codec(
      'whole cycle',
      'cycle/get-25',
      'FcgiApplication, connection kept',
      'node:http, connection kept, in memory',
      2.5,
    ),
    codec(
      'whole cycle',
      'cycle/get-25',
      'FcgiApplication, connection kept',
      'libfcgi in C, connection kept, with its socket',
      1,
    ),
    server(GATEWIRE_FASTCGI, NODE_KEEP, 0.55),
    server(GATEWIRE_UWSGI, NODE_CLOSE, 0.65),
    server(GATEWIRE_UWSGI, BARE_UWSGI, 1.1),
    growthRow(saved),
  ];
}

/** How many times the rate of `other` the rate of `one` is; null when the case or one of them is missing. */
export function rateRatio(
  results: readonly CaseResult[],
  name: string,
  one: string,
  other: string,
): number | null {
  const peers = results.find((result) => result.name === name)?.peers ?? [];
  const [a, b] = [one, other].map((peer) => peers.find((entry) => entry.name === peer));
  if (a === undefined || b === undefined) return null;
  // Ratios are kept against the first row: those are formed inside each round.
  const against = (peer: typeof a): number => peer.ratio?.median ?? 1;
  return against(b) / against(a);
}

function growthRow({ growth }: Saved): TargetRow {
  const worst = growth === null ? null : Math.max(...growth.results.map(({ exponent }) => exponent));
  const met = worst === null ? null : worst <= AIMED_EXPONENT;
  return row('cost as input grows, the worst case', 'itself', `exponent <= ${AIMED_EXPONENT}`, worst, met);
}

function row(
  work: string,
  compared: string,
  target: string,
  value: number | null,
  met: boolean | null,
): TargetRow {
  return { work, compared, target, value, met };
}
