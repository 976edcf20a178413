// The part that needs no test runner: for the demo, the capture programs and the benchmarks.
export { cpuMicros, fitExponent } from './growth.js';
export type { GrowthPoint } from './growth.js';
export { nginxParams, nginxVersion, passLocation, startNginx } from './nginx.js';
export type { NginxOptions, RunningNginx } from './nginx.js';
export { startProgram, waitUntilAccepting } from './process.js';
export type { ProgramExit, ProgramOptions, Ready, RunningProgram } from './process.js';
export { findProgram, missingPrograms } from './programs.js';
export { startApache } from './servers/apache.js';
export { startCaddy } from './servers/caddy.js';
export { startC, startGo } from './servers/compiled.js';
export { startFcgiwrap } from './servers/fcgiwrap.js';
export { startH2o } from './servers/h2o.js';
export { startHaproxy } from './servers/haproxy.js';
export { startLighttpd } from './servers/lighttpd.js';
export { PHP_FPM, startPhpFpm } from './servers/php-fpm.js';
export type { RunningServer } from './servers/start.js';
export { freePort, makeTempDir } from './temp.js';
export type { TempDir } from './temp.js';
