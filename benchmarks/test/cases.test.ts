import { afterAll, describe, expect, test } from 'vitest';
import { ownPeers } from '../case.js';
import type { Peer } from '../case.js';
import { CASES } from '../cases.js';
import { asHttpRequest, asObject, CORPUS } from '../corpus.js';
import { batchSize, findPeer, slice } from '../peer.js';
import { removeBuilds } from '../external.js';
import { runCase } from '../run.js';
import { formatResults } from '../table.js';
import { UWSGI_CASES } from '../uwsgi.js';

afterAll(removeBuilds);

/** The flat list of the corpus entry that a case is named after. */
function pairsOf(caseName: string): readonly string[] {
  const pairs = CORPUS.find(({ name }) => caseName.endsWith(`/${name}`))?.pairs;
  if (pairs === undefined) throw new Error(`no corpus entry for ${caseName}`);
  return pairs;
}

/** A packet made by hand: header, then every text behind its two length bytes. */
function packetOf(pairs: readonly string[]): number[] {
  const block = pairs.flatMap((text) => [
    text.length & 0xff,
    text.length >> 8,
    ...Buffer.from(text, 'latin1'),
  ]);
  return [0, block.length & 0xff, block.length >> 8, 0, ...block];
}

/** The request that stands for the 25 variables, as the browser wrote it. */
const BROWSER_GET = `GET /search/results?q=gateway+protocols&page=2 HTTP/1.1
Host: www.example.org
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
Accept-Language: en-GB,en;q=0.5
Accept-Encoding: gzip, deflate, br
Connection: keep-alive
Cookie: session=8f14e45fceea167a
Upgrade-Insecure-Requests: 1
Sec-Fetch-Dest: document
Sec-Fetch-Mode: navigate
Sec-Fetch-Site: none
Priority: u=0, i

`.replaceAll('\n', '\r\n');

/** Method, target and fields of a request, read by hand. */
function requestOf(text: string): unknown {
  const [first, ...lines] = text.trimEnd().split('\r\n');
  const [method, target] = first.split(' ');
  return { method, target, fields: lines.flatMap((line) => line.split(/: (.*)/, 2)) };
}

/** REQUEST_METHOD, PATH_INFO, QUERY_STRING, HTTP_HOST and CONTENT_LENGTH of the corpus. */
function lookedUp(pairs: readonly string[]): unknown {
  if (pairs.length === 10) return ['GET', '/', '', undefined, undefined];
  return ['GET', '/search/results', 'q=gateway+protocols&page=2', 'www.example.org', ''];
}

function expected(peer: Peer, pairs: readonly string[]): unknown {
  if (peer.name.startsWith('llhttp')) return requestOf(asHttpRequest(pairs));
  if (/five (get|found)/.test(peer.name)) return lookedUp(pairs);
  if (/^(decodeHeader|decodePacket|UwsgiDecoder)/.test(peer.name)) return pairs;
  if (/^(encodePacket|Buffer\.copy)/.test(peer.name)) return packetOf(pairs);
  return /object/.test(peer.name) ? { ...asObject(pairs) } : pairs;
}

/** What a peer made, in a form that compares: JSON as its value, memory as its bytes. */
function comparable(peer: Peer, made: unknown): unknown {
  if (peer.name.startsWith('JSON.stringify')) return JSON.parse(String(made));
  return made instanceof Uint8Array ? [...made] : made;
}

describe.each(UWSGI_CASES)('$name', ({ name, peers }) => {
  test.each(ownPeers(peers))('$name does the work it is measured by', (peer) => {
    const pairs = pairsOf(name);
    const work = peer.prepare();
    expect(comparable(peer, work())).toEqual(expected(peer, pairs));
    expect(comparable(peer, work()), 'the second time').toEqual(expected(peer, pairs));
  });
});

describe('the corpus', () => {
  test.each([
    ['get-25', 25, 854],
    ['get-5', 5, 97],
    ['get-100', 100, 4304],
  ])('%s has %i variables in a packet of %i bytes', (name, vars, bytes) => {
    const pairs = pairsOf(`/${name}`);
    expect(pairs.length).toBe(2 * vars);
    expect(packetOf(pairs).length).toBe(bytes);
    expect(new Set(pairs.filter((_, i) => i % 2 === 0)).size, 'names are distinct').toBe(vars);
  });
});

describe('the equivalent HTTP request', () => {
  test('of 25 variables is the GET that a browser sends', () => {
    expect(asHttpRequest(pairsOf('/get-25'))).toBe(BROWSER_GET);
  });

  test('of 5 variables has no fields, of 100 has 87', () => {
    expect(asHttpRequest(pairsOf('/get-5'))).toBe('GET / HTTP/1.1\r\n\r\n');
    const hundred = asHttpRequest(pairsOf('/get-100'));
    expect(hundred.split('\r\n').length).toBe(1 + 87 + 2);
    expect(hundred).toContain('\r\nX-Extra-99: value 99 of a made-up field\r\n');
  });
});

describe('a peer', () => {
  test('works in whole batches and counts them', () => {
    let done = 0;
    const result = slice(() => done++, 8, 1);
    expect(result.operations).toBe(done);
    expect(result.operations % 8).toBe(0);
    expect(batchSize(() => 0)).toBeGreaterThan(1);
  });

  test('that does not exist is an error', () => {
    expect(() => findPeer('uwsgi/decode/get-5', 'nobody')).toThrow(RangeError);
  });
});

test('a case runs from end to end in processes of its own', async () => {
  const subject = CASES.find(({ name }) => name === 'uwsgi/lookup/get-5')!;
  const rounds: number[] = [];
  const plan = { rounds: 2, sliceMilliseconds: 1, warmUpMilliseconds: 1, warmUpRequests: 1 };
  const result = (await runCase(subject, plan, (round) => rounds.push(round)))!;
  expect(rounds).toEqual([1, 2]);
  expect(result.peers.map(({ name }) => name)).toEqual(subject.peers.map(({ name }) => name));
  expect(result.peers.map(({ ratio }) => ratio === null)).toEqual([true, false, false, false, false]);
  expect(result.peers.every(({ rate }) => rate.median > 0)).toBe(true);
  expect(formatResults([result])).toContain('JSON.parse(object)');
});
