export { grow } from './grow.js';
export { encodeLatin1Into, latin1, latin1Loop } from './latin1.js';
export { bytesOf, plain } from './plain.js';
export { checkRange } from './range.js';
