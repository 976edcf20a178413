import { escaped, nginxText } from './text.js';
import type { Upstream } from './upstream.js';

/** How parameters are written: nginx's own file is included, or its lines are written out. */
export type ParamsForm = 'include' | 'inline';

/** What a location is for. */
export interface LocationOptions {
  /** `''`, or a path such as `/shop`. */
  readonly rootPath: string;
  readonly params: ParamsForm;
  /** What names of variables begin with. */
  readonly name: string;
}

/** nginx's own uwsgi_params and fastcgi_params, as they have been for years. */
const SHARED = [
  ['QUERY_STRING', '$query_string'],
  ['REQUEST_METHOD', '$request_method'],
  ['CONTENT_TYPE', '$content_type'],
  ['CONTENT_LENGTH', '$content_length'],
  ['REQUEST_URI', '$request_uri'],
  ['DOCUMENT_ROOT', '$document_root'],
  ['SERVER_PROTOCOL', '$server_protocol'],
  ['REQUEST_SCHEME', '$scheme'],
  ['HTTPS', '$https if_not_empty'],
  ['REMOTE_ADDR', '$remote_addr'],
  ['REMOTE_PORT', '$remote_port'],
  ['SERVER_PORT', '$server_port'],
  ['SERVER_NAME', '$server_name'],
] as const;
const OF_UWSGI = [['PATH_INFO', '$document_uri']] as const;
const OF_FASTCGI = [
  ['SCRIPT_NAME', '$fastcgi_script_name'],
  ['DOCUMENT_URI', '$document_uri'],
  ['GATEWAY_INTERFACE', 'CGI/1.1'],
  ['SERVER_SOFTWARE', 'nginx/$nginx_version'],
  ['SERVER_ADDR', '$server_addr'],
] as const;

/** The directives of the location that passes requests on. */
export function locationLines(upstream: Upstream, options: LocationOptions): string[] {
  switch (upstream.protocol) {
    case 'uwsgi':
      return uwsgiLines(upstream, options);
    case 'fastcgi':
      return fastcgiLines(upstream, options);
    case 'http':
      return httpLines(upstream, options);
  }
}

function uwsgiLines({ name }: Upstream, { rootPath, params }: LocationOptions): string[] {
  const mount = rootPath === '' ? [] : [`uwsgi_param SCRIPT_NAME ${nginxText(rootPath)};`];
  return [
    ...paramLines('uwsgi', params, [...SHARED, ...OF_UWSGI]),
    ...mount,
    `uwsgi_pass ${name};`,
    '# WebSockets pass as they are. nginx closes one that is silent for 60 s: uwsgi_read_timeout.',
  ];
}

function fastcgiLines({ name, keeps }: Upstream, { rootPath, params }: LocationOptions): string[] {
  // (?s): a line feed in a path is a character like any other.
  const split = `fastcgi_split_path_info ${nginxText(`(?s)^(${escaped(rootPath)})(/.*|)END`)};`.replace(
    'END',
    '$',
  );
  const mount = rootPath === '' ? [] : [split, 'fastcgi_param PATH_INFO $fastcgi_path_info;'];
  return [
    ...paramLines('fastcgi', params, [...SHARED, ...OF_FASTCGI]),
    ...mount,
    ...(keeps ? ['fastcgi_keep_conn on;'] : []),
    `fastcgi_pass ${name};`,
    '# FastCGI has no WebSockets: for those, listen with --uwsgi or --http.',
  ];
}

function httpLines({ name }: Upstream, options: LocationOptions): string[] {
  return [
    'proxy_http_version 1.1;',
    'proxy_set_header Host $http_host;',
    'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
    'proxy_set_header Upgrade $http_upgrade;',
    `proxy_set_header Connection $${options.name}_connection;`,
    `proxy_pass http://${name};`,
    '# nginx closes a WebSocket that is silent for 60 s: proxy_read_timeout.',
  ];
}

function paramLines(
  protocol: 'uwsgi' | 'fastcgi',
  form: ParamsForm,
  params: readonly (readonly [string, string])[],
): string[] {
  if (form === 'include') return [`include ${protocol}_params;`];
  return params.map(([name, value]) => `${protocol}_param ${name} ${value};`);
}
