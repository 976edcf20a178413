import { asgiHeaders } from '@gatewire/interfaces';
import type { ASGISendEvent, HTTPScope } from '@gatewire/interfaces';
import { nodeToAsgi } from '@gatewire/server/adapters';
import { describe, expect, test } from 'vitest';
import { text } from './client.js';

describe('nodeToAsgi, from scopes as other servers make them', () => {
  test('interim responses that the server does not offer are left out', async () => {
    const app = nodeToAsgi((_incoming, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('final');
    });
    const sent: ASGISendEvent[] = [];
    const pending = new Promise<never>(() => undefined);
    for (const extensions of [{}, { 'http.response.early_hint': {} }]) {
      const events = [{ type: 'http.request' }];
      await app(
        { ...SCOPE, extensions },
        () => (events.length > 0 ? Promise.resolve(events.shift() as never) : pending),
        (event) => {
          sent.push(event);
          return Promise.resolve();
        },
      );
    }
    const types = sent.map(({ type }) => type.replace('http.response.', ''));
    expect(types.filter((type) => type !== 'body')).toEqual(['start', 'early_hint', 'start']);
  });

  const SCOPE: HTTPScope = {
    ...{ type: 'http', asgi: { version: '3.0', spec_version: '2.5' }, http_version: '1.1', method: 'GET' },
    ...{ scheme: 'http', path: '/', root_path: '', query_string: text(''), headers: [] },
  };

  test.each<[Partial<HTTPScope>, string]>([
    [{}, 'GET / host localhost length undefined '],
    [
      { path: '/a b?#', query_string: text('c=%31') },
      'GET /a%20b%3F%23?c=%31 host localhost length undefined ',
    ],
    [{ raw_path: text('/%2F'), path: '//' }, 'GET /%2F host localhost length undefined '],
    [{ method: 'POST', headers: asgiHeaders({ host: 'a' }) }, 'POST / host a length undefined body'],
    [
      { method: 'POST', headers: asgiHeaders({ 'content-length': '4' }) },
      'POST / host localhost length 4 body',
    ],
    [
      { headers: asgiHeaders({ te: 'trailers', 'keep-alive': '1' }) },
      'GET / host localhost length undefined ',
    ],
  ])('%j', async (scope, expected) => {
    const app = nodeToAsgi((incoming, response) => {
      const { method, url, headers } = incoming;
      const parts: string[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part.toString()));
      incoming.on('end', () => {
        response.end(
          `${method} ${url} host ${headers.host} length ${headers['content-length']} ${parts.join('')}`,
        );
      });
    });
    const sent: ASGISendEvent[] = [];
    const events = [{ type: 'http.request', body: scope.method === 'POST' ? text('body') : undefined }];
    await app(
      { ...SCOPE, ...scope },
      () => (events.length > 0 ? Promise.resolve(events.shift() as never) : new Promise(() => undefined)),
      (event) => {
        sent.push(event);
        return Promise.resolve();
      },
    );
    const bodies = sent.flatMap((event) => ('body' in event && event.body ? [event.body] : []));
    expect(Buffer.concat(bodies).toString()).toBe(expected);
  });
});
