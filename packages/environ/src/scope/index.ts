export { EnvironError } from '../errors.js';
export type { EnvironErrorCode } from '../errors.js';
export type { PathOptions } from '../path.js';
export type { Endpoint, HttpRequest } from '../request.js';
export type { CommonScopeOptions, RequestScopeOptions, ScopeOptions } from './options.js';
export { scopeFromRequest } from './request.js';
export { httpScope, websocketScope } from './variables.js';
