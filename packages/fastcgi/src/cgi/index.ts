export { ResponseHeadDecoder } from './decoder.js';
export { ResponseHeadError } from './errors.js';
export type { ResponseHeadErrorCode } from './errors.js';
export type { LocationKind, ResponseHead, ResponseHeadEvent } from './events.js';
export { encodeResponseHead } from './head.js';
export type { ResponseHeadOptions } from './head.js';
export type { ResponseHeadDecoderOptions } from './options.js';
