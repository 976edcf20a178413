import type { Case } from './case.js';
import { FASTCGI_CASES } from './fastcgi.js';
import { UWSGI_CASES } from './uwsgi.js';

/** Every case. */
export const CASES: readonly Case[] = [...UWSGI_CASES, ...FASTCGI_CASES];
