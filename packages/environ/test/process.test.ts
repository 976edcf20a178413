import { environFromProcess } from '@gatewire/environ';
import type { ProcessOptions } from '@gatewire/environ';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.js';

/** What Apache's mod_cgi gives a program, as Node shows it. */
const APACHE = {
  PATH: '/usr/local/sbin:/usr/bin',
  LD_LIBRARY_PATH: '/opt/lib',
  HOME: '/root',
  NODE_OPTIONS: '--enable-source-maps',
  http_proxy: 'http://proxy.internal:3128',
  SSL_CERT_FILE: '/etc/ssl/cert.pem',
  SSL_PROTOCOL: 'TLSv1.3',
  GATEWAY_INTERFACE: 'CGI/1.1',
  SERVER_PROTOCOL: 'HTTP/1.1',
  REQUEST_METHOD: 'POST',
  QUERY_STRING: 'a=1',
  REQUEST_URI: '/cgi-bin/app/caf%C3%A9?a=1',
  SCRIPT_NAME: '/cgi-bin/app',
  PATH_INFO: '/café',
  PATH_TRANSLATED: '/var/www/café',
  CONTENT_LENGTH: '3',
  CONTENT_TYPE: '',
  SERVER_NAME: 'example.com',
  SERVER_PORT: '80',
  SERVER_SIGNATURE: '<address>Apache</address>',
  REMOTE_ADDR: '192.0.2.1',
  REMOTE_USER: 'ann',
  AUTH_TYPE: 'Basic',
  REDIRECT_STATUS: '200',
  REDIRECT_URL: '/old',
  REDIRECT_REMOTE_USER: 'bob',
  REDIRECT_HTTP_AUTHORIZATION: 'Basic x',
  HTTP_HOST: 'example.com',
  HTTP_PROXY: 'http://evil.test/',
  GEOIP_COUNTRY: 'XX',
  X_SECRET: 'x',
};

const build = (
  env: Record<string, string | undefined>,
  options?: ProcessOptions,
): Record<string, unknown> => ({
  ...environFromProcess(env, options),
});

describe('environFromProcess', () => {
  test('takes the variables of the request and none of the process', () => {
    expect(build(APACHE)).toEqual({
      SSL_PROTOCOL: 'TLSv1.3',
      GATEWAY_INTERFACE: 'CGI/1.1',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REQUEST_METHOD: 'POST',
      QUERY_STRING: 'a=1',
      REQUEST_URI: '/cgi-bin/app/caf%C3%A9?a=1',
      SCRIPT_NAME: '/cgi-bin/app',
      PATH_INFO: '/caf\xc3\xa9',
      PATH_TRANSLATED: '/var/www/caf\xc3\xa9',
      CONTENT_LENGTH: '3',
      SERVER_NAME: 'example.com',
      SERVER_PORT: '80',
      REMOTE_ADDR: '192.0.2.1',
      REMOTE_USER: 'ann',
      AUTH_TYPE: 'Basic',
      REDIRECT_STATUS: '200',
      REDIRECT_URL: '/old',
      HTTP_HOST: 'example.com',
    });
  });

  test('extra names, and REDIRECT_ variables, by option', () => {
    const environ = build(APACHE, { extra: ['GEOIP_COUNTRY'], redirect: 'keep' });
    expect([environ['GEOIP_COUNTRY'], environ['REDIRECT_REMOTE_USER']]).toEqual(['XX', 'bob']);
    expect('X_SECRET' in environ).toBe(false);
  });

  test('the path is divided as CGI means it; auto repairs nginx in front of fcgiwrap', () => {
    const env = { REQUEST_METHOD: 'GET', SCRIPT_NAME: '/app', DOCUMENT_URI: '/app' };
    expect(build(env)).toMatchObject({ SCRIPT_NAME: '/app', PATH_INFO: '' });
    expect(build(env, { pathInfo: 'auto' })).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '/app' });
  });

  test('latin1: values that were read as bytes stay as they are', () => {
    const env = { REQUEST_METHOD: 'GET', SCRIPT_NAME: '', PATH_INFO: '/caf\xe9' };
    expect(build(env, { encoding: 'latin1' })['PATH_INFO']).toBe('/caf\xe9');
    expect(build(env)['PATH_INFO']).toBe('/caf\xc3\xa9');
  });

  test('invalid: the environment of no CGI program', () => {
    expect(failureOf(() => build({ PATH: '/usr/bin' }))).toBe('ENVIRON_BAD_METHOD REQUEST_METHOD 400');
  });
});
