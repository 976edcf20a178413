import { FCGI_HEADER_LEN, REQUEST_COMPLETE, STDERR, STDOUT } from './constants.js';
import { encodeEndRequestInto, encodeHeaderInto, END_BYTES } from './record.js';
import { EMPTY } from './record-reader.js';
import type { Gather } from './record-reader.js';
import { IN_PARAMS } from './states.js';

/** A request of an application, from the BEGIN_REQUEST that came to the END_REQUEST that is sent. */
export class OpenRequest implements Gather {
  readonly id: number;
  readonly role: 1 | 2 | 3;
  readonly keepConn: boolean;
  state: number = IN_PARAMS;
  /** Its parameters, until they have ended. */
  block: Uint8Array = EMPTY;
  used = 0;
  /** Bytes of the stream at hand, STDIN and then DATA, that may still come. */
  left: number = Infinity;
  /** Bytes of DATA. */
  dataBytes: number = Infinity;
  wroteStdout = false;
  wroteStderr = false;

  constructor(id: number, role: 1 | 2 | 3, keepConn: boolean) {
    this.id = id;
    this.role = role;
    this.keepConn = keepConn;
  }

  /** The ends of its streams and END_REQUEST. */
  encodeEnd(appStatus: number, protocolStatus: number): Uint8Array {
    // §6.1: STDOUT has its end even when nothing was written, STDERR only when something was.
    const endStdout = this.wroteStdout || protocolStatus === REQUEST_COMPLETE;
    const streams = (Number(endStdout) + Number(this.wroteStderr)) * FCGI_HEADER_LEN;
    const out = new Uint8Array(streams + END_BYTES);
    let at = 0;
    if (endStdout) at = encodeHeaderInto(out, at, STDOUT, this.id, 0, 0);
    if (this.wroteStderr) at = encodeHeaderInto(out, at, STDERR, this.id, 0, 0);
    encodeEndRequestInto(out, at, this.id, appStatus, protocolStatus);
    return out;
  }
}
