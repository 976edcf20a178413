export type {
  AccessEntry,
  BoundAddress,
  ListenAddress,
  LogEntry,
  Protocol,
  ServeOptions,
} from './options.js';
export { serve } from './serve.js';
export type { Server } from './serve.js';
