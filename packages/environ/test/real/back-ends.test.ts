import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { HttpRequest } from '@gatewire/environ';
import { httpScope } from '@gatewire/environ/scope';
import { variablesFromRequest, variablesFromScope } from '@gatewire/environ/variables';
import type { VariablesOptions } from '@gatewire/environ/variables';
import { FcgiWebServer } from '@gatewire/fastcgi';
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
import { encodeRequest } from '@gatewire/uwsgi';
import { afterAll, beforeAll, expect, test } from 'vitest';

// Our variables in front of real applications, which answer with what they were given.

type Seen = Readonly<Record<string, string>>;

const REQUEST: HttpRequest = {
  method: 'POST',
  target: '/app/caf%C3%A9/%E9?q=%31',
  httpVersion: '1.1',
  headers: [
    ...['Host', 'example.test:8080', 'Content-Type', 'text/x', 'Content-Length', '3', 'Cookie', 'a=1'],
    ...[
      'Cookie',
      'b=2',
      'X-Name',
      'Andr\xe9',
      'X_Name',
      'evil',
      'Proxy',
      'http://evil.test/',
      'TE',
      'trailers',
    ],
  ],
  scheme: 'https',
  server: { address: '127.0.0.1', port: 8443 },
  client: { address: '192.0.2.1', port: 40_000 },
};
const BODY = Buffer.from('abc');

/** Sends chunks to a socket; resolves with all that comes until `ended` says so, or the other side closes. */
function talk(
  to: { readonly port: number } | { readonly path: string },
  chunks: readonly Uint8Array[],
  ended: (chunk: Uint8Array) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = 'port' in to ? connect(to.port, '127.0.0.1') : connect(to.path);
    socket.setTimeout(8_000, () => socket.destroy(new Error('no end of the answer')));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received.push(chunk);
      if (ended(chunk)) socket.destroy();
    });
    socket.on('close', () => resolve(Buffer.concat(received).toString('latin1')));
    for (const chunk of chunks) socket.write(chunk);
  });
}

const jsonIn = (answer: string): Seen => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Seen;

const APPLICATION = `
import json
def application(environ, start_response):
    body = environ["wsgi.input"].read().decode("latin-1")
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(dict(seen, body=body)).encode()]
`;

describeWith('uwsgi', 'in front of uWSGI', () => {
  let program: RunningProgram;
  let folder: TempDir;
  let port: number;

  beforeAll(async () => {
    [folder, port] = [await makeTempDir(), await freePort()];
    writeFileSync(join(folder.path, 'app.py'), APPLICATION);
    const mounts = ['--chdir', folder.path, '--wsgi-file', 'app.py', '--mount', '/mounted=app.py'];
    const common = ['--plugin', 'python3', '--socket', `127.0.0.1:${port}`, '--master', '--die-on-term'];
    program = await startProgram(findProgram('uwsgi') ?? 'uwsgi', [...common, '--no-orphans', ...mounts], {
      ready: { output: /spawned uWSGI worker 1 / },
      env: { PYTHONDONTWRITEBYTECODE: '1' },
    });
  });
  afterAll(async () => {
    await program.stop();
    await folder.remove();
  });

  const ask = async (pairs: string[], body?: Uint8Array): Promise<Seen> =>
    jsonIn(await talk({ port }, encodeRequest(pairs, body === undefined ? {} : { body })));

  test('a request arrives as an environ of WSGI', async () => {
    const seen = await ask(variablesFromRequest(REQUEST), BODY);
    expect(seen).toMatchObject({
      REQUEST_METHOD: 'POST',
      SCRIPT_NAME: '',
      PATH_INFO: '/app/caf\xc3\xa9/\xe9',
      QUERY_STRING: 'q=%31',
      REQUEST_URI: '/app/caf%C3%A9/%E9?q=%31',
      CONTENT_TYPE: 'text/x',
      CONTENT_LENGTH: '3',
      SERVER_NAME: 'example.test',
      SERVER_PORT: '8443',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: '192.0.2.1',
      HTTP_HOST: 'example.test:8080',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_X_NAME: 'Andr\xe9',
      'wsgi.url_scheme': 'https',
      body: 'abc',
    });
    expect(Object.keys(seen).filter((name) => /PROXY|_TE$/.test(name))).toEqual([]);
  });

  test('a mounted application', async () => {
    const request = { ...REQUEST, method: 'GET', target: '/mounted/x', headers: [] };
    const seen = await ask(variablesFromRequest(request, { scriptName: '/mounted' }));
    expect(seen).toMatchObject({ SCRIPT_NAME: '/mounted', PATH_INFO: '/x', CONTENT_LENGTH: '0' });
  });

  test('a scope goes the same way', async () => {
    const scope = httpScope(variablesFromRequest(REQUEST, { scriptName: '/app' }));
    const seen = await ask(variablesFromScope(scope, { params: ['SCRIPT_NAME', '/mounted'] }), BODY);
    expect(seen).toMatchObject({
      SCRIPT_NAME: '/mounted',
      PATH_INFO: '/caf\xc3\xa9/\xe9',
      HTTP_X_NAME: 'Andr\xe9',
      SERVER_NAME: 'example.test',
      body: 'abc',
    });
  });
});

const SCRIPT = `<?php
header('Content-Type: application/json');
$seen = array_filter($_SERVER, 'is_string');
$seen['body'] = file_get_contents('php://input');
echo json_encode(array_map(fn($text) => @utf8_encode($text), $seen));
`;

describeWith(PHP_FPM, 'in front of php-fpm', () => {
  let running: RunningServer;
  beforeAll(async () => {
    running = await startPhpFpm({ 'index.php': SCRIPT });
  });
  afterAll(async () => {
    await running.stop();
  });

  async function ask(request: HttpRequest, options: VariablesOptions, body?: Uint8Array): Promise<Seen> {
    const server = new FcgiWebServer();
    const id = server.begin();
    const chunks = [...server.params(id, variablesFromRequest(request, { form: 'fastcgi', ...options }))];
    if (body !== undefined) chunks.push(...server.stdin(id, body));
    let out = '';
    await talk({ path: running.socket }, [...chunks, ...server.stdinEnd(id)], (chunk) => {
      server.receive(chunk);
      let ended = false;
      for (let event = server.next(); event !== null; event = server.next()) {
        if (event.kind === 'stdout') out += Buffer.from(event.data).toString('latin1');
        if (event.kind === 'end') ended = true;
      }
      return ended;
    });
    const answer = Buffer.from(out.slice(out.indexOf('\r\n\r\n') + 4), 'latin1').toString('utf8');
    return JSON.parse(answer) as Seen;
  }

  test('a script by its path, with a body', async () => {
    const request = { ...REQUEST, target: '/a/../index.php?q=%31' };
    const seen = await ask(request, { documentRoot: running.prefix }, BODY);
    expect(seen).toMatchObject({
      SCRIPT_FILENAME: join(running.prefix, 'index.php'),
      SCRIPT_NAME: '/index.php',
      REQUEST_URI: '/a/../index.php?q=%31',
      DOCUMENT_ROOT: running.prefix,
      REQUEST_METHOD: 'POST',
      QUERY_STRING: 'q=%31',
      CONTENT_TYPE: 'text/x',
      HTTPS: 'on',
      REDIRECT_STATUS: '200',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_X_NAME: 'Andr\xe9',
      body: 'abc',
    });
    expect(Object.keys(seen).filter((name) => /PROXY|_TE$/.test(name))).toEqual([]);
  });

  test('a script with PATH_INFO', async () => {
    const request = { ...REQUEST, method: 'GET', target: '/index.php/caf%C3%A9', headers: [] };
    const seen = await ask(request, { documentRoot: running.prefix, scriptName: '/index.php' });
    expect(seen).toMatchObject({ SCRIPT_NAME: '/index.php', PATH_INFO: '/caf\xc3\xa9' });
    expect(seen['PHP_SELF']).toBe('/index.php/caf\xc3\xa9');
  });

  test('a front controller: every path is its own', async () => {
    const request = { ...REQUEST, method: 'GET', target: '/articles/7', headers: [] };
    const params = ['SCRIPT_NAME', '/index.php'];
    const scriptFilename = join(running.prefix, 'index.php');
    const seen = await ask(request, { params, scriptFilename });
    expect(seen).toMatchObject({ SCRIPT_NAME: '/index.php', REQUEST_URI: '/articles/7' });
  });

  test('PHP_VALUE: from params, never from a header', async () => {
    const headers = ['Php-Value', 'precision=3'];
    const request = { ...REQUEST, method: 'GET', target: '/index.php', headers };
    const seen = await ask(request, { documentRoot: running.prefix, params: ['PHP_VALUE', 'precision=5'] });
    expect([seen['PHP_VALUE'], seen['HTTP_PHP_VALUE']]).toEqual(['precision=5', 'precision=3']);
  });
});
