export { buildEnviron, urlScheme } from './build.js';
export type { Environ, EnvironOptions, Variables } from './build.js';
export { contentLength } from './content-length.js';
export { EnvironError } from './errors.js';
export type { EnvironErrorCode } from './errors.js';
export type { HeaderOptions } from './headers.js';
export type { PathOptions } from './path.js';
export { environFromRequest } from './request.js';
export type { Endpoint, HttpRequest } from './request.js';
