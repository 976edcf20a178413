import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describeWith,
  findProgram,
  freePort,
  makeTempDir,
  PHP_FPM,
  startPhpFpm,
  startProgram,
} from '@gatewire/testkit';
import type { RunningProgram, RunningServer, TempDir } from '@gatewire/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewire, runApart } from '../cli.js';
import type { EndedApart } from '../cli.js';

// Real application servers, and our own, asked from the command line.

/** 3 MiB of every byte there is. */
const BODY = Buffer.from(Uint8Array.from({ length: 3_145_728 }, (_, i) => (i * 31 + (i >> 7)) & 0xff));

const request = (...args: string[]): Promise<EndedApart> => runApart(['request', ...args]);

describeWith('uwsgi', 'gatewire request to uWSGI', () => {
  const APPLICATION = `
def application(environ, start):
    path = environ['PATH_INFO']
    if path == '/short':
        start('200 OK', [('Content-Length', '100')])
        return [b'abc']
    if path == '/missing':
        start('404 Not Found', [('Content-Type', 'text/plain')])
        return [b'not here\\n']
    start('200 OK', [('Content-Type', 'text/plain'), ('X-Method', environ['REQUEST_METHOD'])])
    if path == '/echo':
        return [environ['wsgi.input'].read()]
    names = ['REQUEST_URI', 'PATH_INFO', 'HTTP_X_NAME', 'REMOTE_USER', 'SERVER_NAME', 'CONTENT_TYPE']
    return [(name + '=' + environ.get(name, '-') + '\\n').encode('latin-1') for name in names]
`;
  let directory: TempDir;
  let program: RunningProgram;
  let url = '';

  beforeAll(async () => {
    directory = await makeTempDir('gatewire-request');
    await writeFile(join(directory.path, 'app.py'), APPLICATION);
    await writeFile(join(directory.path, 'body'), BODY);
    const port = await freePort();
    url = `uwsgi://127.0.0.1:${port}`;
    const args = ['--plugin', 'python3,ping', '--socket', `127.0.0.1:${port}`, '--wsgi-file', 'app.py'];
    program = await startProgram(
      findProgram('uwsgi') ?? 'uwsgi',
      [...args, '--master', '--die-on-term', '--no-orphans', '--processes', '2'],
      {
        ready: { output: /spawned uWSGI worker 2 / },
        cwd: directory.path,
        env: { PYTHONDONTWRITEBYTECODE: '1' },
      },
    );
  });
  afterAll(async () => {
    await program.stop();
    await directory.remove();
  });

  test.concurrent('a GET: the body and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await request(
      `${url}/caf%C3%A9?x=1`,
      '-H',
      'X-Name: \u00e9',
      '--param',
      'REMOTE_USER=ada',
    );
    expect(stdout.toString('utf8')).toBe(
      'REQUEST_URI=/caf%C3%A9?x=1\nPATH_INFO=/caf\u00e9\nHTTP_X_NAME=\u00e9\nREMOTE_USER=ada\nSERVER_NAME=127.0.0.1\nCONTENT_TYPE=-\n',
    );
    expect([code, stderr]).toEqual([0, '']);
  });

  test.concurrent('-i: the head too; a form', async () => {
    const { code, stdout } = await request(`${url}/echo`, '-i', '-d', 'a=1', '-d', 'b=\u00e9');
    expect(stdout.toString('utf8')).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Method: POST\r\n\r\na=1&b=\u00e9',
    );
    expect(code).toBe(0);
  });

  test.concurrent('-I asks with HEAD', async () => {
    const { code, stdout } = await request('-I', `${url}/echo`);
    expect(stdout.toString()).toBe('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Method: HEAD\r\n\r\n');
    expect(code).toBe(0);
  });

  test.concurrent('3 MiB from a file, and through a pipe; -o', async () => {
    const fromFile = await request(`${url}/echo`, '-d', `@${join(directory.path, 'body')}`);
    expect([fromFile.code, fromFile.stdout.equals(BODY)]).toEqual([0, true]);
    const path = join(directory.path, 'answer');
    const piped = await runApart(['request', `${url}/echo`, '-d', '@-', '-X', 'PUT', '-o', path], BODY);
    expect([piped.code, piped.stdout.length, (await readFile(path)).equals(BODY)]).toEqual([0, 0, true]);
  });

  test.concurrent('a body that is cut short is delivered, then 18', async () => {
    const { code, stdout, stderr } = await request(`${url}/short`);
    expect([code, stdout.toString()]).toEqual([18, 'abc']);
    expect(stderr).toBe('gatewire request: 97 bytes of the body are missing\n');
  });

  test.concurrent('a 404 is an answer, with --fail it is not', async () => {
    const plain = await request(`${url}/missing`);
    expect([plain.code, plain.stdout.toString()]).toEqual([0, 'not here\n']);
    const failed = await request(`${url}/missing`, '-f');
    expect([failed.code, failed.stdout.toString()]).toEqual([22, '']);
  });

  test.concurrent('-v: the packet byte by byte, the head, on stderr', async () => {
    const { stdout, stderr } = await request(`${url}/echo`, '-v', '-d', 'abc', '--param', 'HTTP_USER_AGENT');
    expect(stdout.toString()).toBe('abc');
    expect(stderr).toMatch(/^\* connected to 127\.0\.0\.1:\d+\n> {6}0 {2}00 +modifier1 0: a web request\n/);
    expect(stderr).toMatch(/^> +\d+ {2}04 00 50 4f 53 54 +value, 4 bytes: POST$/m);
    expect(stderr).toMatch(/^> +… a body of 3 bytes$/m);
    expect(stderr).not.toContain('HTTP_USER_AGENT');
    expect(stderr).toMatch(/^< HTTP\/1\.1 200 OK\n< Content-Type: text\/plain\n< X-Method: POST\n< \n/m);
    expect(stderr).toMatch(/^\* 3 bytes of body$/m);
    expect(stderr).not.toContain('\x1b');
  });

  test.concurrent('--ping', async () => {
    expect(await request(url, '--ping')).toEqual({ code: 0, stdout: Buffer.alloc(0), stderr: '' });
    const { stderr } = await request(url, '--ping', '-v');
    expect(stderr).toMatch(/^< +0 {2}64 00 00 01 +answer, 4 bytes\n\* pong$/m);
  });

  test.concurrent('more variables than its buffer takes: a warning before the failure', async () => {
    const { code, stderr } = await request(`${url}/`, '-H', `X-Long: ${'x'.repeat(5000)}`);
    expect(stderr).toMatch(
      /\d+ bytes of variables: a uWSGI closes the connection on more than its --buffer-size/,
    );
    expect([52, 56]).toContain(code);
  });
});

describeWith(PHP_FPM, 'gatewire request to php-fpm', () => {
  const SCRIPT = `<?php
if ($_SERVER['REQUEST_METHOD'] === 'PUT') { readfile('php://input'); exit; }
if ($_SERVER['QUERY_STRING'] === 'log') error_log('said on stderr');
header('Content-Type: text/plain');
foreach (['SCRIPT_NAME', 'REQUEST_URI', 'DOCUMENT_ROOT', 'HTTP_X_NAME'] as $name) echo $name, '=', $_SERVER[$name] ?? '-', "\\n";
`;
  let server: RunningServer;
  let php: (path: string, ...args: string[]) => Promise<EndedApart>;

  beforeAll(async () => {
    server = await startPhpFpm({ 'sub/app.php': SCRIPT });
    php = (path, ...args) => request(`fastcgi://localhost${path}`, '--unix-socket', server.socket, ...args);
  });
  afterAll(async () => {
    await server.stop();
  });

  test.concurrent('--document-root: the path names the script', async () => {
    const { code, stdout, stderr } = await php(
      '/sub/app.php?x',
      '--document-root',
      server.prefix,
      '-H',
      'X-Name: 1',
    );
    const lines = [
      'SCRIPT_NAME=/sub/app.php',
      'REQUEST_URI=/sub/app.php?x',
      `DOCUMENT_ROOT=${server.prefix}`,
      'HTTP_X_NAME=1',
    ];
    expect([code, stdout.toString(), stderr]).toEqual([0, `${lines.join('\n')}\n`, '']);
  });

  test.concurrent('--script: one script for every path', async () => {
    const { code, stdout } = await php('/any/path', '--script', join(server.prefix, 'sub/app.php'), '-i');
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(
      /^Status: 200\r\n(?:.+\r\n)*\r\nSCRIPT_NAME=\/app\.php\nREQUEST_URI=\/any\/path\n/,
    );
  });

  test.concurrent('3 MiB there and back', async () => {
    const args = ['-X', 'PUT', '-d', '@-', '-H', 'Content-Type: application/octet-stream'];
    const url = 'fastcgi://localhost/sub/app.php';
    const { code, stdout } = await runApart(
      ['request', url, '--unix-socket', server.socket, '--document-root', server.prefix, ...args],
      BODY,
    );
    expect([code, stdout.equals(BODY)]).toEqual([0, true]);
  });

  test.concurrent('what is meant for the log goes to stderr', async () => {
    const { code, stdout, stderr } = await php('/sub/app.php?log', '--document-root', server.prefix);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^SCRIPT_NAME=/);
    expect(stderr).toContain('said on stderr\n');
  });

  test.concurrent('a script that is not there; no script at all', async () => {
    const missing = await php('/none.php', '--document-root', server.prefix, '-f', '-i');
    expect([missing.code, missing.stderr]).toEqual([22, 'Primary script unknown\n']);
    expect(missing.stdout.toString()).toMatch(/^Status: 404 Not Found\r\n[^]*\r\n\r\n$/);
    const none = await php('/sub/app.php');
    expect(none.stdout.toString()).toBe('File not found.\n');
    expect(none.stderr).toContain('--script or --document-root sets it');
  });

  test.concurrent('-v: the records of both directions', async () => {
    const { stderr } = await php('/sub/app.php', '--document-root', server.prefix, '-v');
    expect(stderr).toMatch(
      /^> {6}0 {2}01 01 00 01 00 08 00 00 +version 1, BEGIN_REQUEST, request 1, 8 bytes/m,
    );
    expect(stderr).toMatch(/^> +\d+ {2}01 05 00 01 00 00 00 00 +version 1, STDIN, request 1, 0 bytes: end/m);
    expect(stderr).toMatch(/^< +\d+ {2}01 03 00 01 00 08 00 00 +version 1, END_REQUEST, request 1, 8 bytes/m);
    expect(stderr).toMatch(/^< Status: 200$/m);
  });

  test.concurrent('--ping asks for its values', async () => {
    const { code, stdout, stderr } = await php('/', '--ping', '-v');
    expect([code, stdout.length]).toEqual([0, 0]);
    expect(stderr).toMatch(/^\* FCGI_MPXS_CONNS=0$/m);
  });
});

describe('gatewire request to gatewire serve', () => {
  const APPLICATION = `
export const app = async (environ, start) => {
  const body = await environ['wsgi.input'].read();
  const missing = environ.PATH_INFO === '/missing';
  start(missing ? '404 Not Found' : '200 OK', [['Content-Type', 'text/plain']]);
  return [new TextEncoder().encode(environ.REQUEST_METHOD + ' ' + environ.PATH_INFO + '?' + environ.QUERY_STRING + ' '), body];
};
`;
  let directory: TempDir;
  let server: RunningProgram;
  const urls = new Map<string, string>();

  beforeAll(async () => {
    directory = await makeTempDir('gatewire-request');
    await writeFile(join(directory.path, 'app.mjs'), APPLICATION);
    const listen = ['--uwsgi', ':0', '--fastcgi', ':0', '--http', ':0', '--access-log', 'none'];
    server = await gatewire(['serve', 'app.mjs', ...listen], {
      cwd: directory.path,
      ready: { output: /^listening on http \S+\n/m },
    });
    for (const [, protocol, address] of server.output().matchAll(/^listening on (\w+) (\S+)$/gm))
      urls.set(protocol, `${protocol}://${address}`);
  });
  afterAll(async () => {
    await server.stop();
    await directory.remove();
  });

  test.concurrent.each(['uwsgi', 'fastcgi', 'http'])('the same answer over %s', async (protocol) => {
    const url = urls.get(protocol) ?? '';
    const got = await request(`${url}/a%20b?x=1`);
    expect([got.code, got.stdout.toString(), got.stderr]).toEqual([0, 'GET /a b?x=1 ', '']);
    const echoed = await runApart(['request', `${url}/e`, '-d', '@-'], BODY);
    expect(echoed.code).toBe(0);
    expect(echoed.stdout.subarray(0, 9).toString()).toBe('POST /e? ');
    expect(echoed.stdout.subarray(9).equals(BODY)).toBe(true);
    expect((await request(`${url}/missing`, '-f')).code).toBe(22);
  });

  test.concurrent('--ping over FastCGI and HTTP', async () => {
    expect((await request(urls.get('fastcgi') ?? '', '--ping')).code).toBe(0);
    expect((await request(urls.get('http') ?? '', '--ping')).code).toBe(0);
    expect((await request(`${urls.get('http') ?? ''}/missing`, '--ping')).code).toBe(22);
  });

  test.concurrent('-i and -v over HTTP', async () => {
    const { stdout, stderr } = await request(`${urls.get('http') ?? ''}/`, '-i', '-v', '-H', 'X-A: b');
    expect(stdout.toString()).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n(?:.+\r\n)*\r\nGET \/\? $/,
    );
    expect(stderr).toMatch(
      /^> GET \/ HTTP\/1\.1\n> Host: .+\n(?:> .+\n)*> X-A: b\n> Connection: close\n> \n/m,
    );
    expect(stderr).toMatch(/^< HTTP\/1\.1 200 OK\n< Content-Type: text\/plain\n/m);
  });
});
