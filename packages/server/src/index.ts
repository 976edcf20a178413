export type { Application, Applications, FetchApplication } from './application.js';
export { runCGI } from './cgi.js';
export type { CGIOptions } from './cgi.js';
export type {
  AccessEntry,
  BoundAddress,
  Interface,
  ListenAddress,
  LogEntry,
  Protocol,
  ServeOptions,
} from './options.js';
export { serve } from './serve.js';
export type { Server } from './serve.js';
