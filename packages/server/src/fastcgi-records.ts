import { FCGI_TYPE } from '@gatewire/fastcgi';

/**
 * Follows the records of a connection, so far as to tell what a web server is at between two requests: the codec reports
 * what concerns a request, and is silent on the rest of a body that nobody wants and on questions.
 */
export class RecordFollower {
  private readonly header = new Uint8Array(8);
  private held = 0;
  /** Bytes to come of the record at hand. */
  private left = 0;
  /** Requests that have begun and are neither complete with their parameters nor over. */
  private begun = 0;

  /** See `Gateway.incoming`. */
  get incoming(): 'head' | 'other' | null {
    // Of a header that is not complete nobody knows yet what it begins.
    if (this.begun > 0 || this.held > 0) return 'head';
    return this.left > 0 ? 'other' : null;
  }

  /** Bytes as they come. What is malformed the codec refuses. */
  follow(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      if (this.left > 0) {
        const count = Math.min(this.left, chunk.length - at);
        this.left -= count;
        at += count;
        continue;
      }
      this.header[this.held++] = chunk[at++];
      if (this.held === 8) this.take();
    }
  }

  /** To be called when a request has its parameters. */
  gotHead(): void {
    this.begun--;
  }

  /** Records that the codec sends by itself. Those of END_REQUEST are for requests of which it has told nobody. */
  replied(records: readonly Uint8Array[]): void {
    for (const record of records) if (record[1] === FCGI_TYPE.END_REQUEST) this.begun--;
  }

  private take(): void {
    const { header } = this;
    this.held = 0;
    this.left = header[4] * 256 + header[5] + header[6];
    if (header[1] === FCGI_TYPE.BEGIN_REQUEST) this.begun++;
  }
}
