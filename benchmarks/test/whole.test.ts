import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { BODY_CASES, STREAMS } from '../bodies.js';
import type { Received } from '../bodies.js';
import { ownPeers } from '../case.js';
import type { ExternalPeer, Peer } from '../case.js';
import { CORPUS } from '../corpus.js';
import { WHOLE_CASES } from '../whole.js';

const GET_25 = CORPUS[0].pairs;

function peersOf(name: string, filter: RegExp = /./): Peer[] {
  const found = [...BODY_CASES, ...WHOLE_CASES].find((subject) => subject.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return ownPeers(found.peers).filter((peer) => filter.test(peer.name));
}

describe.each([
  ['uwsgi/post/64k', { requests: 1, variables: 25, bytes: 65_536, ends: 1 }],
  ['uwsgi/post/1m', { requests: 1, variables: 25, bytes: 1_048_576, ends: 1 }],
  ['fastcgi/post/1m', { requests: 1, variables: 25, bytes: 1_048_576, ends: 1 }],
  ['uwsgi/one-byte-chunks/get-25', { requests: 1, variables: 25, bytes: 0, ends: 1 }],
  [
    `fastcgi/multiplexed/${STREAMS}`,
    { requests: STREAMS, variables: STREAMS * 25, bytes: STREAMS * 4096, ends: STREAMS },
  ],
] as [string, Received][])('%s', (name, expected) => {
  test.each(peersOf(name, /Application/))('$name receives all of it', (peer) => {
    const work = peer.prepare();
    expect(work()).toEqual(expected);
    expect(work(), 'the second time').toEqual(expected);
  });
});

describe.each([
  ['respond/1k', 1024],
  ['uwsgi/respond/64k', 65_536],
])('%s', (name, bytes) => {
  test('over uwsgi is a status line, fields and the body', () => {
    const pieces = peersOf(name, /^uwsgi/)[0].prepare()() as Uint8Array[];
    const text = Buffer.concat(pieces).toString('latin1');
    expect(text).toMatch(/^HTTP\/1\.1 200 \r\nContent-Type: application\/octet-stream\r\n/);
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(bytes);
  });

  test('over FastCGI is records of stdout', () => {
    const bytesOut = Buffer.concat(peersOf(name, /^FastCGI/)[0].prepare()() as Uint8Array[]);
    let content = '';
    for (let at = 0; at < bytesOut.length; at += 8 + bytesOut.readUInt16BE(at + 4) + bytesOut[at + 6]) {
      expect(bytesOut[at + 1]).toBe(6);
      content += bytesOut.toString('latin1', at + 8, at + 8 + bytesOut.readUInt16BE(at + 4));
    }
    expect(content).toMatch(/^Status: 200 ?\r\n/);
    expect(content.length - content.indexOf('\r\n\r\n') - 4).toBe(bytes);
  });
});

describe('environ/get-25', () => {
  test('of bytes is the environ of the pairs', () => {
    const [ofBytes, ofPairs] = peersOf('environ/get-25', /buildEnviron/).map((peer) => peer.prepare()());
    expect(ofBytes).toMatchObject({
      REQUEST_METHOD: 'GET',
      PATH_INFO: '/search/results',
      HTTP_PRIORITY: 'u=0, i',
    });
    expect(ofBytes).toEqual(ofPairs);
    // Two were empty and are gone, one that was missing is there.
    expect(Object.keys(ofBytes as object).length).toBe(GET_25.length / 2 - 2 + 1);
  });
});

describe('cycle/get-25', () => {
  interface Cycle {
    readonly environ: unknown;
    readonly out: Buffer | null;
  }

  test.each(peersOf('cycle/get-25', /Application/))('$name reads a request and answers it', (peer) => {
    const work = peer.prepare() as () => Cycle;
    work();
    const { environ, out } = work();
    expect(environ).toMatchObject({ PATH_INFO: '/search/results', SERVER_NAME: 'www.example.org' });
    expect(out?.includes('Content-Length: 1024\r\n\r\n')).toBe(true);
    expect(out?.includes('b'.repeat(1024))).toBe(true);
  });

  test('node:http answers one request after the other', async () => {
    const work = peersOf('cycle/get-25', /node:http/)[0].prepare() as () => Promise<Cycle>;
    for (let i = 0; i < 3; i++)
      expect((await work()).environ).toBe('/search/results?q=gateway+protocols&page=2');
  });

  const external = WHOLE_CASES.flatMap(({ peers }) => peers).filter(
    (peer): peer is ExternalPeer => 'external' in peer,
  );

  describeWith(['go', 'gcc'], 'programs in other languages', () => {
    test.each(external)(
      '$name is compiled and counts its work',
      ({ external: { build } }) => {
        const folder = mkdtempSync(join(tmpdir(), 'gatewire-bench-'));
        try {
          const [program, ...args] = build(folder)!;
          const out = execFileSync(program, args, { input: '5\n5\n', encoding: 'latin1', timeout: 60_000 });
          const [ready, ...slices] = out.trim().split('\n');
          expect(ready).toBe('ready');
          expect(slices.map((line) => Number(line.split(' ')[0]) > 0)).toEqual([true, true]);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
      120_000,
    );
  });
});
