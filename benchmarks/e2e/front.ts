import { nginxParams, startNginx } from '@gatewire/testkit/servers';
import type { RunningNginx } from '@gatewire/testkit/servers';
import type { Backend, RunningBackend } from './backends.js';

/** Idle connections that nginx keeps: as many as wrk opens, so that every one finds one. */
const KEPT = 64;

/** One nginx in front of all: `/0/` passes to the first, `/1/` to the second. */
export function startFront(
  backends: readonly { readonly backend: Backend; readonly running: RunningBackend }[],
): Promise<RunningNginx> {
  const upstreams = backends.map(({ backend, running }, i) => {
    const kept = backend.keep
      ? `keepalive ${KEPT}; keepalive_requests 1000000000; keepalive_timeout 600s;`
      : '';
    return `upstream backend${i} { server unix:${running.socket}; ${kept} }`;
  });
  const locations = backends.map(({ backend, running }, i) => {
    const lines = [...directives(backend, `backend${i}`), running.directives ?? ''];
    return `location /${i}/ {\n${lines.join('\n')}\n}`;
  });
  return startNginx({
    http: [...upstreams, 'keepalive_requests 1000000000;', 'client_body_buffer_size 64k;'].join('\n'),
    locations,
    errorLogLevel: 'error',
  });
}

/** The shipped parameters, and for HTTP what a proxy passes on of the client. */
function directives({ pass, keep }: Backend, upstream: string): string[] {
  switch (pass) {
    case 'uwsgi':
      return [nginxParams('uwsgi_params') ?? '', `uwsgi_pass ${upstream};`];
    case 'fastcgi':
      return [
        nginxParams('fastcgi_params') ?? '',
        keep ? 'fastcgi_keep_conn on;' : '',
        `fastcgi_pass ${upstream};`,
      ];
    case 'http':
      return [
        keep ? 'proxy_http_version 1.1;\nproxy_set_header Connection "";' : '',
        'proxy_set_header Host $host;',
        'proxy_set_header X-Forwarded-For $remote_addr;',
        'proxy_set_header X-Forwarded-Proto $scheme;',
        `proxy_pass http://${upstream};`,
      ];
  }
}
