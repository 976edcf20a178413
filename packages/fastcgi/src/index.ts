export { FCGI_HEADER_LEN, FCGI_MAX_LENGTH, FCGI_VERSION_1 } from './constants.js';
