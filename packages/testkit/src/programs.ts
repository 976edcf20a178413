import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts servers; the PATH of an ordinary user often lacks it. */
const SERVER_DIRECTORIES = ['/usr/sbin', '/usr/local/sbin'];

/** Debian's package for each program that our tests start. */
const PACKAGES: Readonly<Record<string, string>> = {
  apache2: 'apache2',
  caddy: 'caddy',
  'cgi-fcgi': 'libfcgi-bin',
  chromium: 'chromium',
  curl: 'curl',
  fcgiwrap: 'fcgiwrap',
  gcc: 'gcc libc6-dev',
  go: 'golang-go',
  h2o: 'h2o',
  haproxy: 'haproxy',
  lighttpd: 'lighttpd',
  nginx: 'nginx',
  openssl: 'openssl',
  'php-fpm8.2': 'php8.2-fpm',
  python3: 'python3',
  'systemd-analyze': 'systemd',
  tcpdump: 'tcpdump',
  tmux: 'tmux',
  uwsgi: 'uwsgi-core uwsgi-plugin-python3',
  valgrind: 'valgrind',
  wrk: 'wrk',
};

/** Full path of a program in PATH or in one of the directories for servers; `null` when it is not installed. */
export function findProgram(name: string): string | null {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_DIRECTORIES];
  for (const directory of directories) {
    const path = join(directory, name);
    if (directory !== '' && isExecutable(path)) return path;
  }
  return null;
}

/**
 * What a person has to type for the programs that are missing, such as `nginx (apt-get install nginx)`; `null` when
 * all of them are there.
 */
export function missingPrograms(programs: readonly string[]): string | null {
  const missing = programs.filter((name) => findProgram(name) === null);
  if (missing.length === 0) return null;
  const packages = missing.map((name) => PACKAGES[name] ?? name);
  return `${missing.join(' and ')} (apt-get install ${packages.join(' ')})`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
