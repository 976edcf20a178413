// Runs before each test file: every Node program that its tests start, and that those start, loads `child.mjs` first.
const preload = new URL('child.mjs', import.meta.url).href;
process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import=${preload}`.trim();
