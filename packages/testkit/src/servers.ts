// The part that needs no test runner: for the demo, the capture programs and the benchmarks.
export { nginxParams, nginxVersion, passLocation, startNginx } from './nginx.js';
export type { NginxOptions, RunningNginx } from './nginx.js';
export { startProgram, waitUntilAccepting } from './process.js';
export type { ProgramExit, ProgramOptions, Ready, RunningProgram } from './process.js';
export { findProgram, missingPrograms } from './programs.js';
export { freePort, makeTempDir } from './temp.js';
export type { TempDir } from './temp.js';
