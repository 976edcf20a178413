import { GET_VALUES_RESULT, UNKNOWN_TYPE } from './constants.js';
import { DEFAULT_MAX_REQUESTS, limit } from './options.js';
import type { FcgiApplicationOptions } from './options.js';
import { encodeRecord } from './record.js';

// What an application owes to management records, FastCGI 1.0 §4.

/** What an application goes by: {@link FcgiApplicationOptions} with every default filled in and checked. */
export interface ApplicationRules {
  readonly roles: readonly number[];
  readonly mpxsConns: boolean;
  readonly maxReplyBytes: number;
  readonly maxIgnored: number;
  /** The values that web servers may ask for: name, value, name, value. */
  readonly values: readonly string[];
}

/** @throws RangeError when a number is not a whole one in its range. */
export function applicationRules(
  options: FcgiApplicationOptions | undefined,
  maxRequests: number,
): ApplicationRules {
  return options ? resolvedRules(options, maxRequests) : DEFAULT_RULES;
}

const DEFAULT_RULES: ApplicationRules = /* @__PURE__ */ resolvedRules({}, DEFAULT_MAX_REQUESTS);

function resolvedRules(options: FcgiApplicationOptions, maxRequests: number): ApplicationRules {
  const mpxsConns = options.mpxsConns !== false;
  const maxReqs = limit(options, 'maxReqs', maxRequests);
  const values = ['FCGI_MPXS_CONNS', mpxsConns ? '1' : '0', 'FCGI_MAX_REQS', `${maxReqs}`];
  if (options.maxConns !== undefined) values.push('FCGI_MAX_CONNS', `${limit(options, 'maxConns', 0)}`);
  return {
    values,
    mpxsConns,
    roles: options.roles ?? [1, 2, 3],
    maxIgnored: limit(options, 'maxIgnored', 1024),
    maxReplyBytes: limit(options, 'maxReplyBytes', 0x10000),
  };
}

/** §4.1: the answer to GET_VALUES. Each name that is known, once, however often it was asked for. */
export function encodeValues(values: readonly string[], asked: readonly string[]): Uint8Array {
  // All of it is short ASCII: lengths of one byte, without the checks of `encodePairs`.
  let text = '';
  for (let i = 0; i < values.length; i += 2) {
    const name = values[i];
    const value = values[i + 1];
    const isAsked = asked.some((other, at) => at % 2 === 0 && other === name);
    if (isAsked) text += String.fromCharCode(name.length, value.length) + name + value;
  }
  const content = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return encodeRecord(GET_VALUES_RESULT, 0, content);
}

/** §4.2: the answer to a management record that is not known. */
export function encodeUnknownType(type: number): Uint8Array {
  return encodeRecord(UNKNOWN_TYPE, 0, Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0));
}
