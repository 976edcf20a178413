export { EnvironError } from '../errors.js';
export type { EnvironErrorCode } from '../errors.js';
export type { HeaderOptions } from '../headers.js';
export type { Endpoint, HttpRequest } from '../request.js';
export type { VariablesForm, VariablesOptions } from './options.js';
export { variablesFromRequest } from './request.js';
