import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  describeWith,
  findProgram,
  freePort,
  makeTempDir,
  missingPrograms,
  nginxParams,
  nginxVersion,
  passLocation,
  startC,
  startFcgiwrap,
  startLighttpd,
  startNginx,
  startProgram,
  waitUntilAccepting,
} from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';

const node = process.execPath;

describe('programs', () => {
  test('findProgram gives a full path, or null', () => {
    expect(findProgram('sh')).toMatch(/\/sh$/);
    expect(findProgram('no-such-program')).toBeNull();
  });

  test('missingPrograms names the packages to install', () => {
    expect(missingPrograms(['sh'])).toBeNull();
    expect(missingPrograms(['sh', 'no-such-program'])).toBe(
      'no-such-program (apt-get install no-such-program)',
    );
  });
});

describe('temp', () => {
  test('a temp dir exists until it is removed', async () => {
    const temp = await makeTempDir();
    expect(existsSync(temp.path)).toBe(true);
    await temp.remove();
    await temp.remove();
    expect(existsSync(temp.path)).toBe(false);
  });

  test('a free port can be listened on', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    expect((server.address() as AddressInfo).port).toBe(port);
    server.close();
  });
});

describe('startProgram', () => {
  test('waits for output, collects both streams, stops with TERM', async () => {
    const code = 'console.error("on stderr"); console.log("ready"); setInterval(() => {}, 1000);';
    const program = await startProgram(node, ['-e', code], { ready: { output: /ready/ } });
    await program.waitForOutput(/on stderr/);
    expect(await program.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await program.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('kills a program that ignores TERM', async () => {
    const code = 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000);';
    const program = await startProgram(node, ['-e', code], { ready: { output: /ready/ }, grace: 50 });
    expect(await program.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('waits for a port and for a unix socket', async () => {
    const temp = await makeTempDir();
    const port = await freePort();
    const socket = join(temp.path, 's');
    for (const [where, ready] of [
      [String(port), { port }],
      [JSON.stringify(socket), { socket }],
    ] as const) {
      const program = await startProgram(node, ['-e', `require('net').createServer().listen(${where})`], {
        ready,
      });
      await waitUntilAccepting(ready);
      expect((await program.stop()).signal).toBe('SIGTERM');
    }
    await temp.remove();
  });

  test('a program that dies early is reported with its output', async () => {
    const start = startProgram(node, ['-e', 'console.log("no luck"); process.exit(3)'], {
      ready: { output: /ready/ },
    });
    await expect(start).rejects.toThrow(/ended \(3\) before writing \/ready\/\nno luck/);
  });

  test('a program that is not ready in time is reported and ended', async () => {
    const code = 'console.log("still here"); setInterval(() => {}, 1000)';
    const start = startProgram(node, ['-e', code], { ready: { output: /ready/ }, timeout: 500 });
    await expect(start).rejects.toThrow(/not writing \/ready\/ after 500 ms/);
  });

  test('a program that does not exist is reported', async () => {
    await expect(startProgram('/no/such/program', [])).rejects.toThrow('ENOENT');
  });
});

describeWith(['lighttpd', 'fcgiwrap'], 'servers of one file each', () => {
  test('one at a port of 127.0.0.1 serves from its prefix, which is gone afterwards', async () => {
    const lighttpd = await startLighttpd([], 'index-file.names = ("index.txt")');
    writeFileSync(join(lighttpd.prefix, 'index.txt'), 'hello\n');
    const response = await fetch(`http://127.0.0.1:${lighttpd.port}/`);
    expect(await response.text()).toBe('hello\n');
    await expect.poll(() => lighttpd.output()).toContain('server started');
    await lighttpd.stop();
    expect(existsSync(lighttpd.prefix)).toBe(false);
  });

  test('one at a unix socket accepts there until it is stopped', async () => {
    const fcgiwrap = await startFcgiwrap({});
    await waitUntilAccepting({ socket: fcgiwrap.socket });
    expect(fcgiwrap.port).toBe(0);
    await fcgiwrap.stop();
    await expect(waitUntilAccepting({ socket: fcgiwrap.socket }, 50)).rejects.toThrow('nothing accepts');
  });

  test('a configuration that is refused is reported in the words of the program', async () => {
    await expect(startLighttpd([], 'no such thing')).rejects.toThrow(
      /ended \(\d+\) before accepting[^]*pars/,
    );
  });
});

describeWith('gcc', 'a program that is compiled', () => {
  test('that does not compile is reported in the words of the compiler', async () => {
    await expect(startC('int main(void) { return nothing; }', [])).rejects.toThrow(/nothing.* undeclared/);
  });
});

describeWith('nginx', 'startNginx', () => {
  test('serves from its own prefix, which is gone afterwards', async () => {
    const nginx = await startNginx({ locations: ['location / { return 200 "hello\\n"; }'] });
    const response = await fetch(`${nginx.url}/`);
    expect(await response.text()).toBe('hello\n');
    expect(response.headers.get('server')).toBe(`nginx/${nginxVersion() ?? '?'}`);
    expect(await nginx.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(nginx.prefix)).toBe(false);
  });

  test('runs with workers, and logs why a request failed', async () => {
    const dead = await freePort();
    const nginx = await startNginx({ workers: 1, locations: [passLocation('uwsgi', `127.0.0.1:${dead}`)] });
    expect((await fetch(`${nginx.url}/`, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(502);
    expect(await nginx.errorLog()).toContain('Connection refused');
    await nginx.stop();
  });

  test('a configuration it refuses is reported with its own words', async () => {
    await expect(startNginx({ server: 'no_such_directive on;' })).rejects.toThrow(
      'unknown directive "no_such_directive"',
    );
  });

  test('uwsgi_params begin and go on as the protocol document has them', () => {
    const params = nginxParams('uwsgi_params') ?? '';
    expect(params).toMatch(
      /^uwsgi_param QUERY_STRING \$query_string;\nuwsgi_param REQUEST_METHOD \$request_method;\n/,
    );
    expect(params).toContain('uwsgi_param PATH_INFO $document_uri;');
    expect(params).not.toContain('#');
  });
});
