/** A request as the flat list of variables that a uwsgi packet carries: name, value, name, value. */
export interface CorpusEntry {
  readonly name: string;
  readonly pairs: readonly string[];
}

/** The 13 variables that nginx's stock `uwsgi_params` file sets for a GET without TLS, in its order. */
const UWSGI_PARAMS: readonly string[] = [
  ...['QUERY_STRING', 'q=gateway+protocols&page=2'],
  ...['REQUEST_METHOD', 'GET'],
  ...['CONTENT_TYPE', ''],
  ...['CONTENT_LENGTH', ''],
  ...['REQUEST_URI', '/search/results?q=gateway+protocols&page=2'],
  ...['PATH_INFO', '/search/results'],
  ...['DOCUMENT_ROOT', '/usr/share/nginx/html'],
  ...['SERVER_PROTOCOL', 'HTTP/1.1'],
  ...['REQUEST_SCHEME', 'http'],
  ...['REMOTE_ADDR', '192.0.2.17'],
  ...['REMOTE_PORT', '51514'],
  ...['SERVER_PORT', '80'],
  ...['SERVER_NAME', 'www.example.org'],
];

/** A browser's header fields, in the order nginx passes them on. */
const BROWSER: readonly string[] = [
  ...['HTTP_HOST', 'www.example.org'],
  ...['HTTP_USER_AGENT', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ...['HTTP_ACCEPT', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ...['HTTP_ACCEPT_LANGUAGE', 'en-GB,en;q=0.5'],
  ...['HTTP_ACCEPT_ENCODING', 'gzip, deflate, br'],
  ...['HTTP_CONNECTION', 'keep-alive'],
  ...['HTTP_COOKIE', 'session=8f14e45fceea167a'],
  ...['HTTP_UPGRADE_INSECURE_REQUESTS', '1'],
  ...['HTTP_SEC_FETCH_DEST', 'document'],
  ...['HTTP_SEC_FETCH_MODE', 'navigate'],
  ...['HTTP_SEC_FETCH_SITE', 'none'],
  ...['HTTP_PRIORITY', 'u=0, i'],
];

const SMALL: readonly string[] = [
  ...['REQUEST_METHOD', 'GET'],
  ...['SCRIPT_NAME', ''],
  ...['PATH_INFO', '/'],
  ...['QUERY_STRING', ''],
  ...['SERVER_PROTOCOL', 'HTTP/1.1'],
];

/** The GET with header fields that somebody's proxies added, up to `vars` variables. */
function extended(vars: number): string[] {
  const pairs = [...UWSGI_PARAMS, ...BROWSER];
  for (let i = pairs.length / 2; i < vars; i++)
    pairs.push(`HTTP_X_EXTRA_${i}`, `value ${i} of a made-up field`);
  return pairs;
}

/** What the benchmarks run on, by name. `get-25` is the request of the targets. */
export const CORPUS: readonly CorpusEntry[] = [
  { name: 'get-25', pairs: [...UWSGI_PARAMS, ...BROWSER] },
  { name: 'get-5', pairs: SMALL },
  { name: 'get-100', pairs: extended(100) },
];

/** The variables as an object, the last of equal names winning. The prototype is null: names come off the wire. */
export function asObject(pairs: readonly string[]): Record<string, string> {
  const object = Object.create(null) as Record<string, string>;
  for (let i = 0; i < pairs.length; i += 2) object[pairs[i]] = pairs[i + 1];
  return object;
}

/** The GET request that a browser would have sent for these variables: what an HTTP parser is given instead. */
export function asHttpRequest(pairs: readonly string[]): string {
  const { REQUEST_METHOD, PATH_INFO, REQUEST_URI = PATH_INFO, SERVER_PROTOCOL, ...others } = asObject(pairs);
  const fields = Object.entries(others)
    .filter(([name]) => name.startsWith('HTTP_'))
    .map(([name, value]) => `${fieldName(name)}: ${value}\r\n`);
  return `${REQUEST_METHOD} ${REQUEST_URI} ${SERVER_PROTOCOL}\r\n${fields.join('')}\r\n`;
}

/** `HTTP_USER_AGENT` as browsers spell it: `User-Agent`. */
function fieldName(variable: string): string {
  const words = variable.split('_').slice(1);
  return words.map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join('-');
}
