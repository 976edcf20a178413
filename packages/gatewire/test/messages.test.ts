import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runApart } from './cli.js';

let temp: TempDir;

beforeAll(async () => {
  temp = await makeTempDir('gatewire-messages');
  await mkdir(join(temp.path, 'folder'));
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'app.mjs': 'export const app = (environ, start) => (start("200 OK", []), []);\n',
    'notes.txt': 'export default 1; and what else somebody has written down\n',
    // "dear": the number of a ping, and what would be a packet of 24,933 bytes.
    'letter.txt': `dear reader, ${'and so on, '.repeat(4000)}`,
    'two.txt': 'ok',
    'broken.bin': Uint8Array.of(0x65, 0x10, 0x00, 0x00, 0x01),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(temp.path, name), content);
});

afterAll(() => temp.remove());

/** Every program ends with this code and these words on stderr; HERE is where its files are. */
async function expectEnd(args: readonly string[], code: number, message: string): Promise<void> {
  const { path } = temp;
  const end = await runApart(args, '', path);
  expect(end.stderr).toBe(message.replaceAll('HERE', path));
  expect(end.code).toBe(code);
}

describe('what keeps a command from its work is said in its own words, without those of the system', () => {
  test.concurrent.each([
    [['inspect', 'nofile'], 1, 'gatewire inspect: nofile: there is no such file (ENOENT)\n'],
    [['inspect', 'folder'], 1, 'gatewire inspect: folder: it is a folder (EISDIR)\n'],
    [['inspect', 'app.mjs/x'], 1, 'gatewire inspect: app.mjs/x: a part of its path is no folder (ENOTDIR)\n'],
    [
      ['request', '-d', '@nofile', 'uwsgi://127.0.0.1:1/'],
      26,
      'gatewire request: cannot read nofile: there is no such file (ENOENT)\n',
    ],
    [
      ['request', '--unix-socket', 'no.sock', 'uwsgi://a/'],
      7,
      'gatewire request: cannot connect to unix:no.sock: there is no such socket (ENOENT)\n',
    ],
    [['serve', 'nofile.mjs'], 3, 'error: no file and no package "nofile.mjs": looked in HERE\n'],
    [['serve', './nofile.mjs'], 3, 'error: no file HERE/nofile.mjs\n'],
    [['serve', './folder'], 3, 'error: HERE/folder is a folder: name a file in it\n'],
    [
      ['serve', 'app.mjs', '--config', 'nofile.json'],
      2,
      'error: nofile.json: there is no such file (ENOENT)\n(gatewire serve --help tells more)\n',
    ],
    [
      ['serve', 'app.mjs', '--config', 'nofile.mjs'],
      2,
      'error: nofile.mjs: there is no such file (ENOENT)\n(gatewire serve --help tells more)\n',
    ],
    [
      ['serve', 'app.mjs', '--config', 'folder'],
      2,
      'error: folder: it is a folder\n(gatewire serve --help tells more)\n',
    ],
    [
      ['serve', 'app.mjs', '--uwsgi', ':0', '--access-log', 'nodir/a.log'],
      3,
      'error: access log nodir/a.log: its folder is not there, create it (ENOENT)\n',
    ],
    [
      ['serve', 'app.mjs', '--uwsgi', ':0', '--workers', '1', '--access-log', 'folder'],
      3,
      'error: access log folder: it is a folder (EISDIR)\n',
    ],
    [
      ['serve', 'app.mjs', '--uwsgi', ':0', '--lifespan', 'on'],
      3,
      'error: --lifespan on is for ASGI applications, and this one is taken for wsgi; if it is one, say --interface asgi\n',
    ],
    [
      ['serve', 'app.mjs', '--uwsgi', ':0', '--lifespan', 'on', '--workers', '1'],
      3,
      'error: --lifespan on is for ASGI applications, and this one is taken for wsgi; if it is one, say --interface asgi\n',
    ],
    [
      ['serve', 'app.mjs', '--uwsgi', 'unix:nodir/a.sock'],
      3,
      'error: cannot listen: there is no folder nodir\n',
    ],
    [
      ['serve', 'app.mjs', '--uwsgi', 'unix:HERE/notes.txt'],
      3,
      'error: cannot listen: HERE/notes.txt is a file that is no socket: move it away or choose another path\n',
    ],
    [
      ['serve', 'app.mjs', '--subscribe', '127.0.0.1:3401:a', '--subscribe-sign', 'SHA1:nofile'],
      3,
      'error: --subscribe-sign: nofile: there is no such file (ENOENT)\n',
    ],
    [
      ['serve', 'app.mjs', '--subscribe', '127.0.0.1:3401:a', '--subscribe-sign', 'SHA1:notes.txt'],
      3,
      'error: --subscribe-sign: notes.txt has no private key that can be read: expected PEM, without a passphrase\n',
    ],
  ] as const)('%j', async (args, code, message) => {
    await expectEnd(
      args.map((text) => text.replace('HERE', temp.path)),
      code,
      message,
    );
  });
});

describe('a flag of another command: the message names the command', () => {
  test.concurrent.each([
    [
      ['cgi', '--http', ':1', 'app.mjs'],
      "'--http': it is one of gatewire serve and gatewire nginx-conf",
      'cgi',
    ],
    [
      ['inspect', '--workers=2', 'x'],
      "'--workers': it is one of gatewire serve and gatewire nginx-conf",
      'inspect',
    ],
    [['serve', '--json', 'app.mjs'], "'--json': it is one of gatewire inspect", 'serve'],
    [['serve', '-d', 'x', 'app.mjs'], "'-d': it is one of gatewire request", 'serve'],
    [['serve', '--no-such', 'app.mjs'], "'--no-such'", 'serve'],
  ] as const)('%j', async (args, message, command) => {
    await expectEnd(args, 2, `error: unknown option ${message}\n(gatewire ${command} --help tells more)\n`);
  });
});

describe('inspect takes no text for uwsgi', () => {
  const ADVICE = '--protocol uwsgi or --protocol fastcgi shows it as such\n';

  test.concurrent.each([
    ['notes.txt', 'text, "export default 1"'],
    ['letter.txt', 'text, "dear reader, and"'],
    ['two.txt', 'text, "ok"'],
    ['broken.bin', 'begins with 65 10 00 00 01'],
  ])('%s', async (file, looks) => {
    await expectEnd(
      ['inspect', file],
      1,
      `gatewire inspect: ${file}: does not look like uwsgi or FastCGI: ${looks}; ${ADVICE}`,
    );
  });

  test.concurrent('unless it is told to', async () => {
    const { code, stdout } = await runApart(['inspect', '--protocol', 'uwsgi', 'notes.txt'], '', temp.path);
    expect(stdout.toString()).toContain('modifier1 101');
    expect(code).toBe(1);
  });
});
