import { asgiHeaders, defineApp } from '@gatewire/interfaces';
import type { HTTPReceiveEvent } from '@gatewire/interfaces';
import {
  describeWith,
  findProgram,
  makeTempDir,
  passLocation,
  startNginx,
  startProgram,
} from '@gatewire/testkit';
import { expect, test } from 'vitest';
import { start, text } from './client.js';

/** What the page does, and what it reports of it. */
const SCRIPT = `
const report = { closed: null, messages: [] };
const socket = new WebSocket(location.href.replace('http', 'ws') + 'chat', ['one', 'two']);
socket.binaryType = 'arraybuffer';
socket.onopen = () => {
  report.protocol = socket.protocol;
  socket.send('h\\u00e9llo \\u{1f600}');
  socket.send(new Uint8Array([0, 1, 254, 255]));
  socket.send('x'.repeat(200000));
};
socket.onmessage = ({ data }) => {
  const long = typeof data === 'string' && data.length > 100;
  report.messages.push(long ? data.length : typeof data === 'string' ? data : [...new Uint8Array(data)]);
  if (report.messages.length === 3) socket.close(4001, 'enough');
};
socket.onclose = ({ code, reason, wasClean }) => {
  report.closed = [code, reason, wasClean];
  fetch('report', { method: 'POST', body: JSON.stringify(report) });
};
`;
const PAGE = `<!doctype html><meta charset="utf-8"><title>gatewire</title><script>${SCRIPT}</script>`;

/** Serves the page, sends every message back, and keeps the report. */
function chat(reported: (report: unknown) => void): ReturnType<typeof defineApp> {
  return defineApp({
    async http(scope, receive, send) {
      let body = '';
      for (let more = true; more;) {
        const event: HTTPReceiveEvent = await receive();
        if (event.type === 'http.disconnect') return;
        body += Buffer.from(event.body ?? []).toString();
        more = event.more_body === true;
      }
      const headers = asgiHeaders({ 'content-type': 'text/html' });
      await send({ type: 'http.response.start', status: scope.path === '/favicon.ico' ? 404 : 200, headers });
      await send({ type: 'http.response.body', body: text(scope.path === '/' ? PAGE : '') });
      if (scope.path === '/report') reported(JSON.parse(body));
    },
    async websocket(_scope, receive, send) {
      await receive();
      await send({ type: 'websocket.accept', subprotocol: 'two' });
      for (;;) {
        const event = await receive();
        if (event.type !== 'websocket.receive') return;
        await send({ ...event, type: 'websocket.send' });
      }
    },
  });
}

describeWith(['chromium', 'nginx'], 'a page in Chromium', () => {
  test.each(['over HTTP', 'behind nginx, uwsgi_pass'])('%s: its WebSocket works', async (where) => {
    let reported: (report: unknown) => void = () => undefined;
    const report = new Promise((resolve) => (reported = resolve));
    const server = await start(
      chat((value) => reported(value)),
      { lifespan: 'off', gracefulTimeout: 1 },
    );
    const nginx = await startNginx({ locations: [passLocation('uwsgi', server.uwsgi.address)] });
    const profile = await makeTempDir('gatewire-chromium');
    const url = where === 'over HTTP' ? `http://${server.http.address}` : nginx.url;
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
    ];
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
    const browser = await startProgram(
      findProgram('chromium') ?? 'chromium',
      [...flags, ...quiet, `--user-data-dir=${profile.path}`, '--remote-debugging-port=0', `${url}/`],
      { env: { HOME: profile.path } },
    );
    const ended = browser.exited.then(() => `chromium ended: ${browser.output()}`);
    const seen = await Promise.race([report, ended]);
    await browser.stop();
    await nginx.stop();
    await server.close();
    await profile.remove();
    expect(seen).toEqual({
      protocol: 'two',
      messages: ['h\u00e9llo \u{1f600}', [0, 1, 254, 255], 200_000],
      closed: [4001, 'enough', true],
    });
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
