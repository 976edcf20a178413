import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hex, makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundledCommand } from '../bundled.js';
import { runApart } from '../cli.js';
import { pcapFile } from '../pcap/wire.js';

let directory: TempDir;
beforeAll(async () => {
  directory = await makeTempDir('gatewire-inspect');
});
afterAll(async () => {
  await directory.remove();
});

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(directory.path, name);
  await writeFile(path, bytes);
  return path;
}

const PACKET = hex`00 06 00 00 01 00 41 01 00 62`;

test.concurrent('bytes of one side; two files are numbered on', async () => {
  const [first, second] = [await file('a.bin', PACKET), await file('b.bin', hex`64 00 00 00`)];
  const { code, stdout, stderr } = await runApart(['inspect', first, second]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.toString().replaceAll(directory.path, '')).toBe(`#1 /a.bin, uwsgi
  web server, 10 bytes
     0  00                                   modifier1 0: a web request
     1  06 00                                datasize 6, little-endian
     3  00                                   modifier2 0
     4  01 00 41                             name, 1 byte: A
     7  01 00 62                             value, 1 byte: b

#2 /b.bin, uwsgi
  web server, 4 bytes
     0  64                                   modifier1 100: a ping
     1  00 00                                datasize 0, little-endian
     3  00                                   modifier2 0

`);
});

test.concurrent('--json of stdin', async () => {
  const { code, stdout } = await runApart(['inspect', '--json', '-'], PACKET);
  expect(code).toBe(0);
  expect(JSON.parse(stdout.toString())).toEqual({
    ...{
      connection: 1,
      file: 'stdin',
      protocol: 'uwsgi',
      sender: 'web server',
      offset: 0,
      bytes: 10,
      kind: 'request',
    },
    ...{ modifier1: 0, modifier2: 0, variables: [['A', 'b']], bodyBytes: 0, body: '' },
  });
});

test.concurrent('Ctrl-C at a pipeline ends what writes into it, and what has come is shown', async () => {
  const bytes = 1_000_000;
  const head = hex`00 19 00 00 0e 00 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 07 00 31 30 30 30 30 30 30`;
  const [program, path] = await bundledCommand();
  const child = spawn(program, [path, 'inspect', '--json', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const shown = text(child.stdout);
  const exited = once(child, 'exit');
  // No pipe holds as much as this: when it is written, most of it was read.
  await new Promise((resolve) => child.stdin.write(Buffer.concat([head, Buffer.alloc(bytes, 'x')]), resolve));
  child.kill('SIGINT');
  child.stdin.end();
  expect(await exited).toEqual([0, null]);
  expect(JSON.parse(await shown)).toMatchObject({ kind: 'request', bodyBytes: bytes });
});

test.concurrent('what is not recognised, and --protocol for it', async () => {
  const path = await file('odd.bin', hex`fe 00 00 00`);
  const plain = await runApart(['inspect', path]);
  expect([plain.code, plain.stdout.length]).toEqual([1, 0]);
  expect(plain.stderr).toContain(
    'does not look like uwsgi or FastCGI: begins with fe 00 00 00; --protocol uwsgi or --protocol fastcgi',
  );
  const told = await runApart(['inspect', '--table', '--protocol', 'uwsgi', path]);
  expect(told.code).toBe(0);
  expect(told.stdout.toString()).toMatch(/packet {2}modifier1 254 \(unknown\)/);
});

test.concurrent('something malformed: shown as far as it goes, exit code 1', async () => {
  const { code, stdout } = await runApart(['inspect', '-'], PACKET.subarray(0, 8));
  expect(code).toBe(1);
  expect(stdout.toString()).toContain('! cut short: 8 of the 10 bytes of this packet are there');
});

test.concurrent('a capture without TCP; one that is no file', async () => {
  const empty = await runApart(['inspect', await file('empty.pcap', pcapFile([]))]);
  expect([empty.code, empty.stderr]).toEqual([0, expect.stringContaining('no TCP connection in it')]);
  const arp = await runApart([
    'inspect',
    await file('arp.pcap', pcapFile([Buffer.from(hex`00 00 00 00 00 00 00 00 00 00 00 00 08 06`)])),
  ]);
  expect(arp.stderr).toContain('1 packet passed over: not IP');
  const none = await runApart(['inspect', '/nowhere/file']);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('no such file')]);
});

test.concurrent.each([
  [['inspect'], "missing required argument 'FILE'"],
  [['inspect', 'a', '--table', '--json'], 'cannot be used with'],
  [['inspect', 'a', '--protocol', 'http'], 'Allowed choices are auto, uwsgi, fastcgi'],
] as const)('%j is wrong usage: exit code 2', async (args, message) => {
  const { code, stderr } = await runApart(args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test('--help teaches', async () => {
  const { code, stdout } = await runApart(['inspect', '--help']);
  expect(code).toBe(0);
  expect(stdout.toString().match(/^ {2}.*gatewire inspect .+$/gm)?.length).toBeGreaterThan(3);
  expect(await readFile(new URL('../../README.md', import.meta.url), 'utf8')).toContain(
    '## gatewire inspect FILE...',
  );
});
