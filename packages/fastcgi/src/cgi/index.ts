export { encodeResponseHead } from './head.js';
export type { ResponseHeadOptions } from './head.js';
