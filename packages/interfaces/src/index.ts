export { asgiHeaders } from './asgi-headers.js';
export type * from './asgi-http-events.js';
export type * from './asgi-scopes.js';
export type * from './asgi-websocket-events.js';
export type * from './asgi.js';
export { defineApp, INTERFACE } from './define-app.js';
export { fromTriple } from './triple.js';
export type { TripleResponse } from './triple.js';
export type * from './wsgi.js';
