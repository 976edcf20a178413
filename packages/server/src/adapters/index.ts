export { asgiToFetch } from './asgi-to-fetch.js';
export type { ASGIToFetchOptions, FetchHandler } from './asgi-to-fetch.js';
export { asgiToNode } from './asgi-to-node.js';
export type { ASGIToNodeOptions, NodeListener } from './asgi-to-node.js';
export { fetchToAsgi } from './fetch-to-asgi.js';
export { nodeToAsgi } from './node-to-asgi.js';
export { wsgiToAsgi } from './wsgi-to-asgi.js';
export type { WSGIToASGIOptions } from './wsgi-to-asgi.js';
