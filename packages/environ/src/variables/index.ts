export type { Environ, EnvironOptions } from '../build.js';
export { EnvironError } from '../errors.js';
export type { EnvironErrorCode } from '../errors.js';
export type { HeaderOptions } from '../headers.js';
export type { Endpoint, HttpRequest } from '../request.js';
export type { VariablesForm, VariablesOptions } from './options.js';
export { variablesFromRequest } from './request.js';
export { environFromScope, variablesFromScope } from './scope.js';
