// The environ: for every rule programs that keep it, and programs that break it and nothing else.
import { Readable } from 'node:stream';
import { inputOf } from './gateway.js';
import { environ } from './wsgi-kit.js';
import type { WSGICase } from './wsgi-kit.js';

export const ENVIRON_CASES: readonly WSGICase[] = [
  {
    rule: 'E1',
    good: [environ({ REMOTE_PORT: '80', 'myapp.port': 80 })],
    bad: [environ({ REMOTE_PORT: 80 }), environ({ REMOTE_USER: null }), environ({ SERVER_PORT: 80 })],
  },
  { rule: 'E2', good: [environ({ HTTP_X: '\u00ff' })], bad: [environ({ HTTP_X: '\u20ac' })] },
  {
    rule: 'E3',
    good: [environ({ SCRIPT_NAME: '/app', PATH_INFO: '' })],
    bad: [environ({ SCRIPT_NAME: '/' }), environ({ SCRIPT_NAME: 'app' })],
  },
  {
    rule: 'E4',
    good: [
      environ({ PATH_INFO: '*', REQUEST_METHOD: 'OPTIONS' }),
      environ({ SCRIPT_NAME: '/a', PATH_INFO: '' }),
    ],
    bad: [environ({ PATH_INFO: '' }), environ({ PATH_INFO: 'a' }), environ({ PATH_INFO: '*' })],
  },
  {
    rule: 'E5',
    good: [environ({ CONTENT_LENGTH: '8', CONTENT_TYPE: 'text/plain' })],
    bad: [
      ...['', '-1', '+1', '1e3', ' 8', '0x8'].map((length) => environ({ CONTENT_LENGTH: length })),
      environ({ CONTENT_TYPE: '' }),
    ],
  },
  {
    rule: 'E6',
    good: [environ({ HTTP_CONTENT_ENCODING: 'gzip' })],
    bad: [environ({ HTTP_CONTENT_TYPE: 'text/plain' }), environ({ HTTP_CONTENT_LENGTH: '8' })],
  },
  {
    rule: 'E7',
    good: [environ({ REQUEST_METHOD: 'PURGE' })],
    bad: [environ({ REQUEST_METHOD: 'GET ' }), environ({ REQUEST_METHOD: 'G:T' })],
  },
  { rule: 'E8', good: [environ({ SERVER_PORT: '443' })], bad: [environ({ SERVER_PORT: 'http' })] },
  {
    rule: 'E9',
    good: [environ({ SERVER_PROTOCOL: 'HTTP/2' })],
    bad: [environ({ SERVER_PROTOCOL: '1.1' }), environ({ SERVER_PROTOCOL: 'HTTP' })],
  },
  {
    rule: 'E10',
    good: [environ({ 'wsgi.version': [1, 0] })],
    bad: [environ({ 'wsgi.version': '1.0' }), environ({ 'wsgi.version': [1, 1] })],
  },
  {
    rule: 'E11',
    good: [environ({ 'wsgi.url_scheme': 'https' })],
    bad: [environ({ 'wsgi.url_scheme': 'HTTP' }), environ({ 'wsgi.url_scheme': 'ws' })],
  },
  {
    rule: 'E12',
    good: [environ({ 'wsgi.input': inputOf('') })],
    bad: [
      environ({ 'wsgi.input': Readable.from([]) }),
      environ({ 'wsgi.input': { ...inputOf(''), [Symbol.asyncIterator]: undefined } }),
      environ({ 'wsgi.input': null }),
      environ({ 'wsgi.errors': { write: () => undefined } }),
    ],
  },
  {
    rule: 'E13',
    good: [environ({ 'wsgi.input_terminated': true })],
    bad: [environ({ 'wsgi.multithread': 0 }), environ({ 'wsgi.run_once': 'no' })],
  },
  {
    rule: 'E14',
    good: [environ({ 'myapp.session': 1, REDIRECT_STATUS: '200' })],
    bad: [environ({ remote_user: 'ada' })],
  },
];
