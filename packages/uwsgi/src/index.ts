export { UwsgiApplication } from './application.js';
export type { UwsgiApplicationOptions, UwsgiRequestEvent } from './application.js';
export {
  UWSGI_DEFAULT_BUFFER_SIZE,
  UWSGI_HEADER_BYTES,
  UWSGI_MAX_DATASIZE,
  UWSGI_MAX_PACKET_BYTES,
  UWSGI_MODIFIER_REQUEST,
} from './constants.js';
export { UwsgiDecoder } from './decoder.js';
export { UwsgiProtocolError } from './errors.js';
export type { UwsgiErrorCode } from './errors.js';
export type { UwsgiDecodeOptions } from './options.js';
export { decodeHeader, decodePacket, encodeHeader, encodePacket } from './packet.js';
export type { Decoded, UwsgiHeader, UwsgiPacket } from './packet.js';
export { encodeRequest } from './request.js';
export type { EncodeRequestOptions } from './request.js';
export { decodeVars, varsBytes } from './vars.js';
export { VarsView } from './view.js';
