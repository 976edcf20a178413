import type { HeaderOptions } from '../headers.js';

/** Which list of variables is sent: the one that nginx ships for the protocol, with what is missing there. */
export type VariablesForm = 'uwsgi' | 'fastcgi' | 'scgi';

/** Options of {@link variablesFromRequest} and {@link variablesFromScope}. All text is Latin-1, one character per byte. */
export interface VariablesOptions extends HeaderOptions {
  /** Default `uwsgi`. */
  readonly form?: VariablesForm;
  /**
   * Where the application is mounted, `''` or `/name`: SCRIPT_NAME; PATH_INFO is the rest, and a path outside is
   * `ENVIRON_OUTSIDE_MOUNT`. Not given, SCRIPT_NAME is `''`; in `fastcgi`, as with nginx, it is the whole path, and there
   * is no PATH_INFO.
   */
  readonly scriptName?: string;
  /**
   * Default `normalized`: PATH_INFO and SCRIPT_NAME have no dot segments and single slashes, as nginx makes it. `as-sent`:
   * decoded and no more. REQUEST_URI is as it was sent in either case.
   */
  readonly path?: 'normalized' | 'as-sent';
  /** DOCUMENT_ROOT. In `fastcgi`, SCRIPT_FILENAME is it and SCRIPT_NAME, which is what php-fpm runs. */
  readonly documentRoot?: string;
  /** SCRIPT_FILENAME, in any form. */
  readonly scriptFilename?: string;
  /** SERVER_NAME. Default: the host of the Host header, else the address, else `localhost`. */
  readonly serverName?: string;
  /** SERVER_SOFTWARE, in `fastcgi`. Default `gatewire`. */
  readonly serverSoftware?: string;
  /** Bytes of body that will be sent: CONTENT_LENGTH, whatever the headers say. Needed when the request is chunked. */
  readonly contentLength?: number;
  /**
   * More variables, flat; or other values for those of the list, which keep their places: REMOTE_USER, SSL_*,
   * UWSGI_SCHEME, PHP_VALUE. No header overwrites them, `HTTP_` names among them.
   */
  readonly params?: readonly string[];
  /**
   * Default `drop`: the headers that concern the client's connection alone (RFC 9110 §7.6.1) are left out. `keep` them for
   * an upgrade; for a WebSocket scope it is the default.
   */
  readonly hopByHop?: 'drop' | 'keep';
}
