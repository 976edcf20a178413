import type { DemoRequest } from './exchange.js';

const COMMON: DemoRequest['headers'] = [
  ['Host', 'demo.example'],
  ['User-Agent', 'gatewire-demo'],
  ['Accept', 'text/plain'],
  ['Connection', 'close'],
];

/** What is sent through nginx. */
export function liveRequests(): DemoRequest[] {
  return [
    {
      title: 'GET with a query and a non-ASCII path',
      method: 'GET',
      target: '/caf%C3%A9/%E2%82%AC?city=Z%C3%BCrich&n=1',
      headers: COMMON,
      body: new Uint8Array(0),
      over: ['uwsgi', 'fastcgi'],
    },
    withBody(
      'POST with a body',
      '/submit',
      'application/x-www-form-urlencoded',
      Buffer.from('name=Zo%C3%AB&topic=uwsgi'),
    ),
    withBody('Upload of 1 MiB', '/upload', 'application/octet-stream', letters(2 ** 20)),
  ];
}

function withBody(title: string, target: string, type: string, body: Uint8Array): DemoRequest {
  const headers: DemoRequest['headers'] = [
    ...COMMON,
    ['Content-Type', type],
    ['Content-Length', String(body.length)],
  ];
  return { title, method: 'POST', target, headers, body, over: ['uwsgi'] };
}

/** The alphabet again and again: a shift or a gap in it would change the digest. */
function letters(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => 97 + (i % 26));
}
