import type { VariablesForm } from './options.js';

/**
 * The lists of nginx 1.22's uwsgi_params, fastcgi.conf and scgi_params, in their order. Added: SCRIPT_NAME, and PATH_INFO
 * where it is missing. SCGI has CONTENT_LENGTH first by its specification.
 */
export const LISTS: Readonly<Record<VariablesForm, readonly string[]>> = {
  uwsgi: [
    ...['QUERY_STRING', 'REQUEST_METHOD', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'REQUEST_URI', 'SCRIPT_NAME'],
    ...['PATH_INFO', 'DOCUMENT_ROOT', 'SCRIPT_FILENAME', 'SERVER_PROTOCOL', 'REQUEST_SCHEME', 'HTTPS'],
    ...['REMOTE_ADDR', 'REMOTE_PORT', 'SERVER_PORT', 'SERVER_NAME'],
  ],
  fastcgi: [
    ...['SCRIPT_FILENAME', 'QUERY_STRING', 'REQUEST_METHOD', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'SCRIPT_NAME'],
    ...['PATH_INFO', 'REQUEST_URI', 'DOCUMENT_URI', 'DOCUMENT_ROOT', 'SERVER_PROTOCOL', 'REQUEST_SCHEME'],
    ...['HTTPS', 'GATEWAY_INTERFACE', 'SERVER_SOFTWARE', 'REMOTE_ADDR', 'REMOTE_PORT', 'SERVER_ADDR'],
    ...['SERVER_PORT', 'SERVER_NAME', 'REDIRECT_STATUS'],
  ],
  scgi: [
    ...['CONTENT_LENGTH', 'SCGI', 'REQUEST_METHOD', 'REQUEST_URI', 'QUERY_STRING', 'CONTENT_TYPE'],
    ...['SCRIPT_NAME', 'PATH_INFO', 'DOCUMENT_URI', 'DOCUMENT_ROOT', 'SCRIPT_FILENAME', 'SERVER_PROTOCOL'],
    ...['REQUEST_SCHEME', 'HTTPS', 'REMOTE_ADDR', 'REMOTE_PORT', 'SERVER_PORT', 'SERVER_NAME'],
  ],
};
