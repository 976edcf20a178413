import { createHash } from 'node:crypto';
import { loadFixture } from '@gatewire/fixtures';
import { describe, expect, test } from 'vitest';
import { ownPeers } from '../case.js';
import type { Case, Peer } from '../case.js';
import { asHttpRequest, asObject, CORPUS } from '../corpus.js';
import { FASTCGI_CASES, requestBytes, responseBody, smallRecords } from '../fastcgi.js';

/** What a peer of FastCGI made; see npm-fastcgi.ts. */
interface Made {
  readonly params: unknown;
  readonly body: readonly Uint8Array[];
  readonly ended: boolean;
}

function casesOf(group: string): readonly Case[] {
  return FASTCGI_CASES.filter(({ name }) => name.startsWith(`fastcgi/${group}/`));
}

/** Flat pairs, whatever the package has: an object, or pairs in which a name with an empty value stands alone. */
function flat(params: unknown): unknown[] {
  if (!Array.isArray(params)) return Object.entries(params as object).flat();
  const items = params as unknown[];
  const nested = items.some((item) => Array.isArray(item));
  return nested ? items.flatMap((item) => (Array.isArray(item) ? (item as unknown[]) : [item, ''])) : items;
}

/** Content of a record made by hand: lengths below 128, in one byte each. */
function block(pairs: readonly string[]): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < pairs.length; i += 2)
    bytes.push(pairs[i].length, pairs[i + 1].length, ...Buffer.from(pairs[i] + pairs[i + 1], 'latin1'));
  return bytes;
}

function record(type: number, content: readonly number[]): number[] {
  const padding = (8 - (content.length % 8)) % 8;
  const length = [content.length >> 8, content.length & 0xff];
  return [1, type, 0, 1, ...length, padding, 0, ...content, ...new Array<number>(padding).fill(0)];
}

/** Runs `work` twice, as a connection that is kept would, and gives both results to `check`. */
function twice(peer: Peer, check: (made: unknown) => void): void {
  const work = peer.prepare();
  check(work());
  check(work());
}

describe('the bytes of a request', () => {
  test.each(CORPUS)('$name: BEGIN_REQUEST, PARAMS, and the ends of both streams', ({ pairs }) => {
    const begin = record(1, [0, 1, 0, 0, 0, 0, 0, 0]);
    const expected = [...begin, ...record(4, block(pairs)), ...record(4, []), ...record(5, [])];
    expect([...requestBytes(pairs)]).toEqual(expected);
  });

  test('KEEP_CONN is bit 0 of the flags', () => {
    expect(requestBytes([], 1)[10]).toBe(1);
  });

  test('small records have one byte and seven of padding', () => {
    const pairs = ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '2'];
    const head = [...record(1, [0, 1, 0, 0, 0, 0, 0, 0]), ...record(4, block(pairs)), ...record(4, [])];
    expect([...smallRecords(2)]).toEqual([...head, ...record(5, [0]), ...record(5, [1]), ...record(5, [])]);
  });
});

describe.each([...casesOf('decode'), ...casesOf('one-byte-chunks')])('$name', ({ name, peers }) => {
  const { pairs } = CORPUS.find((entry) => name.endsWith(`/${entry.name}`))!;

  test.each(ownPeers(peers))('$name does the work it is measured by', (peer) => {
    twice(peer, (made) => {
      if (peer.name.startsWith('Buffer.copy')) expect(made).toEqual(requestBytes(pairs));
      else if (peer.name.startsWith('llhttp')) expect(asText(made)).toBe(asHttpRequest(pairs));
      else if (peer.name.startsWith('JSON'))
        expect(made).toEqual(peer.name.includes('object') ? { ...asObject(pairs) } : pairs);
      else {
        const { params, ended, body } = made as Made;
        expect(flat(params)).toEqual(pairs);
        expect({ ended, body }).toEqual({ ended: true, body: [] });
      }
    });
  });
});

/** What llhttp found, as a request again. */
function asText(made: unknown): string {
  const { method, target, fields } = made as { method: string; target: string; fields: string[] };
  const lines = fields.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

describe.each(casesOf('post'))('$name', ({ peers }) => {
  const { bytes, sidecar } = loadFixture('fastcgi/nginx-1.22.1/post-64k');

  test.each(ownPeers(peers))('$name does the work it is measured by', (peer) => {
    twice(peer, (made) => {
      if (peer.name.startsWith('Buffer.copy')) {
        expect(Buffer.compare(made as Buffer, bytes)).toBe(0);
        return;
      }
      const { params, body, ended } = made as Made;
      expect(flat(params)).toEqual(sidecar.expected.requests[0].pairs.flat());
      expect(ended).toBe(true);
      expect(body.reduce((sum, fragment) => sum + fragment.length, 0)).toBe(65_536);
      // fastcgi-parser hands out the same memory for each record: its first half is gone by now.
      if (peer.name === 'fastcgi-parser') return;
      const sha256 = createHash('sha256').update(Buffer.concat(body)).digest('hex');
      expect(sha256).toBe(sidecar.sent[0].body?.sha256);
    });
  });
});

describe.each(casesOf('small-records'))('$name', ({ peers }) => {
  test.each(ownPeers(peers))('$name does the work it is measured by', (peer) => {
    twice(peer, (made) => {
      if (peer.name.startsWith('Buffer.copy')) {
        expect(Buffer.compare(made as Buffer, smallRecords(8192))).toBe(0);
        return;
      }
      const { body, ended } = made as Made;
      expect({ ended, fragments: body.length }).toEqual({ ended: true, fragments: 8192 });
      if (peer.name === 'fastcgi-parser') return;
      expect(body.findIndex((fragment, i) => fragment.length !== 1 || fragment[0] !== i % 251)).toBe(-1);
    });
  });
});

describe.each(casesOf('respond'))('$name', ({ peers }) => {
  const head = 'Status: 200 \r\nContent-Type: application/octet-stream\r\nContent-Length: 65536\r\n\r\n';

  /** What the records of type 6 hold, read by hand, and the types in their order. */
  function stdout(bytes: Buffer): { content: Buffer; types: string } {
    const content: Buffer[] = [];
    let types = '';
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt16BE(at + 4);
      types += `${bytes[at + 1]}${length === 0 ? 'e' : ''} `;
      if (bytes[at + 1] === 6) content.push(bytes.subarray(at + 8, at + 8 + length));
      at += 8 + length + bytes[at + 6];
    }
    return { content: Buffer.concat(content), types };
  }

  test.each(ownPeers(peers))('$name does the work it is measured by', (peer) => {
    twice(peer, (made) => {
      if (peer.name.startsWith('Buffer.copy')) {
        expect(Buffer.compare(made as Buffer, responseBody())).toBe(0);
        return;
      }
      const records = made as Uint8Array[];
      if (peer.name === 'fastcgi-parser') {
        // All of them lie in the same memory, so only their sizes are left.
        expect(records.map(({ length }) => length)).toEqual([8 + head.length, 8 + 65_528, 8 + 8, 8, 16]);
        return;
      }
      const { content, types } = stdout(Buffer.concat(records));
      expect(types).toBe('6 6 6 6e 3 ');
      expect(content.subarray(0, head.length).toString('latin1')).toBe(head);
      expect(Buffer.compare(content.subarray(head.length), responseBody())).toBe(0);
    });
  });
});
