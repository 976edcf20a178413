import { BODY_CASES } from './bodies.js';
import type { Case } from './case.js';
import { FASTCGI_CASES } from './fastcgi.js';
import { SOCKET_CASES } from './socket.js';
import { UWSGI_CASES } from './uwsgi.js';
import { WHOLE_CASES } from './whole.js';

/** Every case. */
export const CASES: readonly Case[] = [
  ...UWSGI_CASES,
  ...FASTCGI_CASES,
  ...BODY_CASES,
  ...WHOLE_CASES,
  ...SOCKET_CASES,
];
