import { buildEnviron, environFromRequest, utf8Text } from '@gatewire/environ';
import type { HttpRequest } from '@gatewire/environ';
import { httpScope, scopeFromRequest } from '@gatewire/environ/scope';
import { environFromScope, variablesFromRequest, variablesFromScope } from '@gatewire/environ/variables';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const bytes = (except: RegExp, maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((list) => Buffer.from(list).toString('latin1').replace(except, ''));

const encode = (text: string): string => Buffer.from(text, 'latin1').toString('hex').replace(/../g, '%$&');

/** Half of the segments plain, half of them any bytes but NUL; never `.` or `..`. */
const segment = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9_~-]{1,6}$/), bytes(/[\0/.]/g, 8).map(encode));
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const query = fc.option(fc.stringMatching(/^[a-z0-9=&%?/+]{1,20}$/), { nil: '' });

/** Names that one variable each is made of. Content-Length is for the body, of which there is none here. */
const headerName = fc
  .stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/)
  .filter(
    (name) =>
      !/^(?:proxy|https|redirect-status|host|content-(?:length|type)|transfer-encoding|te|trailer|connection|keep-alive|upgrade)$/i.test(
        name,
      ),
  );
const headerList = fc
  .array(fc.tuple(headerName, bytes(/[\0\r\n]/g, 20)), { maxLength: 8 })
  .map((list) => list.flat());

const address = fc.record({
  address: fc.constantFrom('127.0.0.1', '192.0.2.7', '::1'),
  port: fc.integer({ min: 1, max: 65_535 }),
});

const request: fc.Arbitrary<HttpRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PROPFIND', 'M-SEARCH'),
    path,
    query,
    httpVersion: fc.constantFrom('1.0', '1.1', '2.0', '3.0'),
    headers: headerList,
    host: fc.constantFrom('a.test', 'b.test:8080', '[::1]:9'),
    scheme: fc.constantFrom('http' as const, 'https' as const),
    server: address,
    client: address,
  })
  .map(({ path, query, host, headers, ...rest }) => ({
    ...rest,
    target: query === '' ? path : `${path}?${query}`,
    headers: ['Host', host, ...headers],
  }));

const without = (environ: object, ...names: string[]): object =>
  Object.fromEntries(Object.entries(environ).filter(([name]) => !names.includes(name)));

describe('an HTTP request through everything', () => {
  test('request -> environ is request -> variables -> environ, but for the address, which uwsgi_params has not', () => {
    fc.assert(
      fc.property(request, (sent) => {
        const direct = environFromRequest(sent);
        const there = buildEnviron(variablesFromRequest(sent, { path: 'as-sent', hopByHop: 'keep' }));
        expect(without(there)).toEqual(without(direct, 'SERVER_ADDR'));
      }),
    );
  });

  test('request -> scope is request -> variables -> scope, but for the name of the server and repeats', () => {
    fc.assert(
      fc.property(request, (sent) => {
        const direct = scopeFromRequest(sent);
        const there = httpScope(variablesFromRequest(sent, { path: 'as-sent' }));
        const { server, headers, ...rest } = there;
        expect(direct).toMatchObject(rest);
        expect(server?.[1]).toBe(direct.server?.[1]);
        expect(headers.length).toBeLessThanOrEqual(direct.headers.length);
      }),
    );
  });

  test('request -> scope -> environ is request -> environ, but for the name of the server', () => {
    fc.assert(
      fc.property(request, (sent) => {
        const direct = environFromRequest(sent);
        const there = environFromScope(scopeFromRequest(sent));
        expect(without(there, 'SERVER_NAME')).toEqual(without(direct, 'SERVER_NAME'));
        expect(there['SERVER_NAME']).toBe(sent.server.address);
      }),
    );
  });

  test('environ -> scope -> variables -> environ is the identity, wherever it is mounted', () => {
    fc.assert(
      fc.property(
        request,
        path.filter((text) => !text.endsWith('/')),
        (sent, mount) => {
          const scriptName = decodeURIComponentBytes(mount);
          const mounted = { ...sent, target: mount + sent.target };
          const first = buildEnviron(variablesFromRequest(mounted, { path: 'as-sent', scriptName }), {
            pathInfo: 'cgi',
          });
          const scope = httpScope(Object.entries(first).flat() as string[], { pathInfo: 'cgi' });
          const again = buildEnviron(variablesFromScope(scope, { path: 'as-sent', scriptName }), {
            pathInfo: 'cgi',
          });
          expect(without(again)).toEqual(without(first));
        },
      ),
    );
  });
});

/** Percent-decodes to one character per byte. */
function decodeURIComponentBytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/g, (_, digits: string) =>
    Buffer.from(digits, 'hex').toString('latin1'),
  );
}

describe('header names', () => {
  test('RFC 3875 §4.1.18: upper case, - to _, HTTP_ in front; back again it is the lower-case name', () => {
    fc.assert(
      fc.property(headerName, bytes(/[\0\r\n]/g, 30), (name, value) => {
        const sent: HttpRequest = {
          method: 'GET',
          target: '/',
          httpVersion: '1.1',
          headers: [name, value],
          scheme: 'http',
          server: { address: '127.0.0.1', port: 80 },
          client: { address: '127.0.0.1', port: 1 },
        };
        const variable = `HTTP_${name.toUpperCase().split('-').join('_')}`;
        expect(environFromRequest(sent)[variable]).toBe(value);
        const [header] = httpScope(variablesFromRequest(sent)).headers;
        expect(Buffer.from(header[0]).toString()).toBe(name.toLowerCase());
        expect(Buffer.from(header[1]).toString('latin1')).toBe(value);
      }),
    );
  });

  test('any name is dropped, refused or maps to a variable of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 12 }), (name) => {
        const pairs = Object.keys(
          environFromRequest({
            method: 'GET',
            target: '/',
            httpVersion: '1.1',
            headers: [name, '1'],
            scheme: 'http',
            server: { address: '127.0.0.1', port: 80 },
            client: { address: '127.0.0.1', port: 1 },
          }),
        ).filter((variable) => /^(?:HTTP_|CONTENT_)/.test(variable));
        const clean =
          /^[A-Za-z0-9-]+$/.test(name) && !/^(?:proxy|https|redirect-status|transfer-encoding)$/i.test(name);
        expect(pairs.length).toBe(clean ? 1 : 0);
      }),
    );
  });
});

describe('paths', () => {
  test('the bytes of a path arrive as they are, and its text as UTF-8', () => {
    fc.assert(
      fc.property(bytes(/[\0]/g, 20), (raw) => {
        const pairs = ['REQUEST_METHOD', 'GET', 'PATH_INFO', `/${raw}`, 'REQUEST_URI', `/${encode(raw)}`];
        expect(buildEnviron(pairs)['PATH_INFO']).toBe(`/${raw}`);
        const scope = httpScope(pairs);
        expect(scope.path).toBe(Buffer.from(`/${raw}`, 'latin1').toString('utf8'));
        expect(scope.path).toBe(utf8Text(`/${raw}`, 'replace'));
        // raw_path has what the text has lost.
        expect(environFromScope(scope)['PATH_INFO']).toBe(`/${raw}`);
      }),
    );
  });
});
