export { compress } from './compress.js';
export type { CompressOptions } from './compress.js';
export { mountASGI, mountWSGI } from './mount.js';
export type { MountOptions, Routes } from './mount.js';
export { remote } from './remote.js';
export type { RemoteAddress, RemoteOptions } from './remote.js';
export { rewriteEnviron, rewriteScope } from './rewrite.js';
