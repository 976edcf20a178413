export { FcgiApplication } from './application.js';
export {
  FCGI_HEADER_LEN,
  FCGI_KEEP_CONN,
  FCGI_MAX_LENGTH,
  FCGI_PROTOCOL_STATUS,
  FCGI_ROLE,
  FCGI_TYPE,
  FCGI_VERSION_1,
} from './constants.js';
export { FcgiDecoder } from './decoder.js';
export { FcgiProtocolError } from './errors.js';
export type { FcgiErrorCode } from './errors.js';
export type { FcgiEvent, FcgiRequestEvent, FcgiResponseEvent, FcgiStreamType } from './events.js';
export type { FcgiApplicationOptions, FcgiDecodeOptions } from './options.js';
export { decodePairs, encodePairs } from './pairs.js';
export { encodeParams } from './params.js';
export type { EncodeParamsOptions } from './params.js';
export {
  decodeBeginRequest,
  decodeEndRequest,
  decodeHeader,
  encodeBeginRequest,
  encodeEndRequest,
  encodeRecord,
  encodeStream,
} from './record.js';
export type { FcgiHeader } from './record.js';
export { FcgiPairsView } from './view.js';
export { FcgiWebServer } from './web-server.js';
export type { FcgiWebServerOptions } from './web-server.js';
