import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { serve } from '@gatewire/server';
import type { WSGIApplication } from '@gatewire/interfaces';
import { makeTempDir } from '@gatewire/testkit';
import { describe, expect, test } from 'vitest';
import { open, pause, readAll, request, start, text, until } from './client.js';
import { encodeRequest } from '@gatewire/uwsgi';

const fine: WSGIApplication = (_environ, startResponse) => {
  startResponse('200 OK', []);
  return [text('fine')];
};

/** Answers when it is told to. */
function gated(): { app: WSGIApplication; release: () => void } {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const app: WSGIApplication = async (environ, startResponse) => {
    await gate;
    return fine(environ, startResponse);
  };
  return { app, release };
}

describe('close', () => {
  test('lets a request at work finish, and takes no new one', async () => {
    const { app, release } = gated();
    const server = await start(app);
    const atWork = [
      request(server.uwsgi),
      fetch(`http://${server.http.address}/`).then((r) => r.text()),
    ] as const;
    await until(() => server.calls === 2);
    let closed = false;
    const closing = server.close().then(() => (closed = true));
    await pause(50);
    await expect(open(server.uwsgi)).rejects.toThrow(/ECONNREFUSED/);
    expect(closed).toBe(false);
    release();
    expect((await atWork[0]).body.toString()).toBe('fine');
    expect(await atWork[1]).toBe('fine');
    await closing;
  });

  test('a connection that has begun its request is waited for, a silent one is not', async () => {
    const server = await start(fine);
    const [packet] = encodeRequest(['REQUEST_METHOD', 'GET']);
    const begun = await open(server.uwsgi);
    const silent = await open(server.uwsgi);
    const answers = [readAll(begun), readAll(silent)] as const;
    begun.write(packet.subarray(0, 5));
    await pause(50);
    const closing = server.close();
    await pause(700);
    begun.write(packet.subarray(5));
    expect((await answers[0]).body.toString()).toBe('fine');
    expect((await answers[1]).body).toHaveLength(0);
    await closing;
  });

  test('over HTTP too; the last response of a connection says so', async () => {
    const { app, release } = gated();
    const server = await start(app);
    const silent = await open(server.http);
    const begun = await open(server.http);
    const answers = [readAll(begun), readAll(silent)] as const;
    begun.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => server.calls === 1);
    const closing = server.close();
    await pause(50);
    release();
    expect((await answers[0]).head).toMatch(/^Connection: close$/m);
    expect((await answers[1]).body).toHaveLength(0);
    // Neither is there a wait for headerTimeout, which would end the silent one, nor for keepAliveTimeout.
    await closing;
    expect(server.log).toEqual([]);
  });

  test('gracefulTimeout cuts what is left; the application is told', async () => {
    let aborted: AbortSignal | undefined;
    const server = await start(
      (environ) => {
        aborted = environ['gatewire.client']?.signal;
        return new Promise(() => undefined);
      },
      { gracefulTimeout: 0.1, interface: 'wsgi' },
    );
    const answer = request(server.uwsgi);
    await until(() => server.calls === 1);
    await server.close();
    expect((await answer).body).toHaveLength(0);
    expect(aborted?.aborted).toBe(true);
  });

  test('a second close cuts at once', async () => {
    const server = await start(() => new Promise<never>(() => undefined));
    const answer = request(server.uwsgi);
    await until(() => server.calls === 1);
    const closing = server.close();
    await server.close();
    await closing;
    expect((await answer).body).toHaveLength(0);
  });
});

describe('unix sockets', () => {
  test('one that is left over is replaced, one in use is not, and ours is removed', async () => {
    const temp = await makeTempDir('gatewire-server');
    const path = join(temp.path, 'app.sock');
    // A process that is killed leaves its socket behind; closing the handle without unlinking is the same.
    const listen = { listen: [{ protocol: 'uwsgi', path }] } as const;
    const first = await serve(fine, listen);
    expect(first.addresses).toEqual([{ protocol: 'uwsgi', address: `unix:${path}`, path }]);
    await expect(serve(fine, listen)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect((await request(first.addresses[0])).body.toString()).toBe('fine');
    await first.close();
    expect(existsSync(path)).toBe(false);
    await leaveBehind(path);
    expect(existsSync(path)).toBe(true);
    const second = await serve(fine, listen);
    expect((await request(second.addresses[0])).body.toString()).toBe('fine');
    await second.close();
    await temp.remove();
  });
});

test('a file that is no socket is not removed', async () => {
  const temp = await makeTempDir('gatewire-server');
  const path = join(temp.path, 'notes.txt');
  await writeFile(path, 'kept');
  await expect(serve(fine, { listen: [{ protocol: 'uwsgi', path }] })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  expect(await readFile(path, 'utf8')).toBe('kept');
  await temp.remove();
});

describe('addresses', () => {
  test('port 0 is told, IPv6 in brackets', async () => {
    const server = await serve(fine, { listen: [{ protocol: 'http', host: '::1', port: 0 }] });
    const [{ address, port }] = server.addresses;
    expect(address).toBe(`[::1]:${port}`);
    expect(await (await fetch(`http://${address}/`)).text()).toBe('fine');
    await server.close();
  });

  test('one address that is taken: none stays open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const temp = await makeTempDir('gatewire-server');
    const path = join(temp.path, 'app.sock');
    const listen = [
      { protocol: 'uwsgi', path },
      { protocol: 'uwsgi', host: '127.0.0.1', port },
    ] as const;
    await expect(serve(fine, { listen })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(path)).toBe(false);
    taken.close();
    await temp.remove();
  });

  test.each([{ headerTimeout: -1 }, { maxBodyBytes: NaN }, { rootPath: 'app' }, { rootPath: '/' }])(
    'invalid: %j is a RangeError',
    async (options) => {
      await expect(serve(fine, { listen: [], ...options })).rejects.toThrow(RangeError);
    },
  );
});

test('rootPath divides the path, and another path is 404', async () => {
  const server = await start(
    (environ, startResponse) => {
      startResponse('200 OK', []);
      return [text(`${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
    },
    { rootPath: '/app' },
  );
  expect(await (await fetch(`http://${server.http.address}/app/x`)).text()).toBe('/app|/x');
  expect((await request(server.uwsgi, ['PATH_INFO', '/app'])).body.toString()).toBe('/app|');
  expect((await request(server.uwsgi, ['PATH_INFO', '/apple'])).status).toBe(404);
  await server.close();
});

/** A socket file that nobody listens on. */
async function leaveBehind(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.once('close', resolve));
}
