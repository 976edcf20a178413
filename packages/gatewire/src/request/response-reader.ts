import { ResponseHeadDecoder, ResponseHeadError } from '@gatewire/fastcgi/cgi';
import type { ResponseHead } from '@gatewire/fastcgi/cgi';
import { headLines } from './delivery.js';
import type { Delivery, Head } from './delivery.js';
import { RequestFailure } from './failure.js';
import type { Trace } from './trace.js';

/** Bytes of a head that are kept, to be shown when it is malformed. */
const KEPT_BYTES = 512;

/** Reads what an application answers over uwsgi, or in the STDOUT of FastCGI, and delivers it. */
export class ResponseReader {
  private readonly decoder: ResponseHeadDecoder;
  private readonly delivery: Delivery;
  private readonly trace: Trace;
  private received = 0;
  private start: Uint8Array = new Uint8Array(0);
  private bodyBytes = 0;
  private isHeadSeen = false;

  constructor(method: string, delivery: Delivery, trace: Trace) {
    this.decoder = new ResponseHeadDecoder({
      method,
      interim: 'accept',
      upgrade: 'accept',
      transferEncoding: 'keep',
      hopByHop: 'keep',
    });
    this.delivery = delivery;
    this.trace = trace;
  }

  /** Bytes of the response so far. */
  get bytes(): number {
    return this.received;
  }

  /** @throws RequestFailure 8 when the head is malformed. */
  async receive(chunk: Uint8Array): Promise<void> {
    if (!this.isHeadSeen)
      this.start = Buffer.concat([this.start, chunk.subarray(0, KEPT_BYTES - this.start.length)]);
    this.received += chunk.length;
    this.decoder.receive(chunk);
    await this.drain();
  }

  /**
   * The input has ended.
   *
   * @throws RequestFailure 52 when there was nothing, 18 when something is missing.
   */
  async finish(): Promise<void> {
    if (this.received === 0) throw new RequestFailure(52, 'closed without an answer');
    if (!this.isHeadSeen) {
      this.trace.bytes('<', this.start, 'part of a head');
      throw new RequestFailure(18, `the answer ends inside its head, after ${this.received} bytes`);
    }
    this.decoder.finish();
    await this.drain();
  }

  private async drain(): Promise<void> {
    for (let event = this.next(); event !== null; event = this.next()) {
      switch (event.kind) {
        case 'interim':
          this.trace.lines('<', headLines(headOf(event)));
          break;
        case 'head':
          await this.head(event);
          break;
        case 'body':
          this.bodyBytes += event.data.length;
          await this.delivery.body(event.data);
          break;
        case 'bodyEnd':
          this.end(event.missing, event.surplus);
      }
    }
  }

  private async head(response: ResponseHead): Promise<void> {
    this.isHeadSeen = true;
    const head = headOf(response);
    this.trace.lines('<', headLines(head));
    await this.delivery.head(head);
  }

  private end(missing: number, surplus: number): void {
    this.trace.note(`${this.bodyBytes} bytes of body`);
    if (surplus > 0) this.trace.note(`${surplus} more bytes, which no client would see`);
    if (missing > 0) throw new RequestFailure(18, `${missing} bytes of the body are missing`);
  }

  private next(): ReturnType<ResponseHeadDecoder['next']> {
    try {
      return this.decoder.next();
    } catch (error) {
      if (!(error instanceof ResponseHeadError)) throw error;
      this.trace.bytes('<', this.start, 'no head');
      throw new RequestFailure(8, `the answer has a malformed head: ${error.message}; -v shows it`);
    }
  }
}

function headOf({ form, httpVersion, status, reason, headers }: ResponseHead): Head {
  const start = form === 'http' ? `HTTP/${httpVersion ?? '1.1'}` : 'Status:';
  return { line: `${start} ${status} ${reason}`.trimEnd(), status, headers };
}
