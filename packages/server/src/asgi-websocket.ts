// The WebSocket protocol of ASGI for one connection (www.rst, "WebSocket"). Frames are the work of `ws`.
import { STATUS_CODES } from 'node:http';
import type {
  ASGI3Application,
  ASGIReceiveEvent,
  ASGISendEvent,
  WebSocketAcceptEvent,
  WebSocketCloseEvent,
  WebSocketResponseBodyEvent,
  WebSocketResponseStartEvent,
  WebSocketScope,
  WebSocketSendEvent,
  WebSocketSendSideEvent,
} from '@gatewire/interfaces';
import { Order, refused } from './asgi-order.js';
import { ClientGone } from './client.js';
import { CheckedResponse } from './checked-response.js';
import { sendPlain } from './exchange.js';
import type { Exchange, Upgrade } from './exchange.js';
import { checkFields, checkStart } from './response-rules.js';
import { describeError, failExchange, requestName } from './runner.js';
import type { RunnerContext } from './runner.js';
import { Socket } from './websocket.js';
import { handshakeFault } from './websocket-handshake.js';
import { kindOf } from './wsgi-response.js';

type State = 'connecting' | 'denying' | 'open' | 'closed';

/** Which events may come next. */
const LEGAL: Readonly<Record<State, ReadonlySet<string>>> = {
  connecting: new Set(['websocket.accept', 'websocket.close', 'websocket.http.response.start']),
  denying: new Set(['websocket.http.response.body']),
  open: new Set(['websocket.send', 'websocket.close']),
  closed: new Set(),
};

type Step = () => Promise<void> | undefined;

const EMPTY = new Uint8Array(0);

/** RFC 6455 §5.5: a control frame has 125 bytes, two of them are the code. */
const MAX_REASON_BYTES = 123;

/** RFC 6455 §7.4: 1004 is nobody's, 1005, 1006 and 1015 say that there was no frame. */
function mayBeSent(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  );
}

/** Calls an ASGI application for one WebSocket. Resolves when the connection is over; never rejects. */
export async function runWebSocket(
  app: ASGI3Application,
  exchange: Exchange,
  upgrade: Upgrade,
  context: RunnerContext,
): Promise<void> {
  const fault = handshakeFault(exchange.environ);
  if (fault !== null) {
    const { status, line, headers } = fault;
    sendPlain(exchange.response, 'GET', status, STATUS_CODES[status] ?? '', line, headers);
    return;
  }
  const conversation = new WebSocketConversation(exchange, upgrade, context);
  const call = callWebSocket(app, exchange, conversation, context);
  context.background(call);
  await Promise.race([call, conversation.over]);
}

async function callWebSocket(
  app: ASGI3Application,
  exchange: Exchange,
  conversation: WebSocketConversation,
  context: RunnerContext,
): Promise<void> {
  try {
    await app(exchange.scope(), conversation.receive, conversation.send);
    await conversation.returned();
  } catch (error) {
    conversation.failed(error);
    if (error instanceof ClientGone) return;
    if (!conversation.switched && !conversation.answered) {
      failExchange(error, exchange, conversation.answered, context);
      return;
    }
    const message = `${requestName(exchange)}: WebSocket closed with 1011: ${describeError(error)}`;
    context.log({ level: 'error', event: 'application_error', message, error });
  }
}

/** One WebSocket in conversation with an application. */
class WebSocketConversation {
  /** Resolves when the connection is over. */
  readonly over: Promise<void>;
  private readonly exchange: Exchange;
  private readonly upgrade: Upgrade;
  private readonly stopping: AbortSignal;
  private readonly denial: CheckedResponse;
  private readonly order = new Order();
  private received: Promise<unknown> = Promise.resolve();
  private state: State = 'connecting';
  private connected = false;
  private socket: Socket | null = null;
  private finish: () => void = () => undefined;
  private handshakeOver: () => void = () => undefined;
  private readonly handshake: Promise<void>;

  constructor(exchange: Exchange, upgrade: Upgrade, { stopping }: RunnerContext) {
    this.exchange = exchange;
    this.upgrade = upgrade;
    this.stopping = stopping;
    this.denial = new CheckedResponse('GET', exchange.response);
    this.handshake = new Promise((resolve) => {
      this.handshakeOver = resolve;
    });
    this.over = new Promise((resolve) => {
      this.finish = resolve;
    });
    const gone = (): void => {
      this.handshakeOver();
      if (this.socket === null) this.finish();
    };
    if (exchange.client.gone !== null) gone();
    else exchange.client.onLeave(gone);
  }

  /** Whether the handshake is done. */
  get switched(): boolean {
    return this.socket !== null;
  }

  /** Whether an HTTP response has begun instead. */
  get answered(): boolean {
    return this.denial.committed;
  }

  /** The application is done: 1000 for an open connection. @throws TypeError when it never answered the handshake. */
  async returned(): Promise<void> {
    await this.order.idle();
    if (this.exchange.client.gone !== null) return;
    if (this.state === 'connecting') throw new TypeError('the application returned without accept or close');
    if (this.state === 'denying')
      throw new TypeError('the application returned without completing the response');
    this.socket?.close(1000, '');
  }

  /** The application failed: 1011 (RFC 6455 §7.4.1). */
  failed(error: unknown): void {
    this.state = 'closed';
    this.socket?.close(1011, '');
    if (!this.switched && (this.answered || error instanceof ClientGone)) this.exchange.response.cut();
  }

  readonly receive = (): Promise<ASGIReceiveEvent> => {
    const event = this.received.then(() => this.nextEvent());
    this.received = event.catch(() => undefined);
    return event;
  };

  readonly send = (event: ASGISendEvent): Promise<void> => {
    try {
      return this.order.run(this.accept(event as WebSocketSendSideEvent));
    } catch (error) {
      return refused(error);
    }
  };

  private async nextEvent(): Promise<ASGIReceiveEvent> {
    if (!this.connected) {
      this.connected = true;
      return { type: 'websocket.connect' };
    }
    await this.handshake;
    return this.socket?.receive() ?? { type: 'websocket.disconnect', code: 1006, reason: '' };
  }

  private accept(event: WebSocketSendSideEvent): Step {
    const { type } = event as { type?: unknown };
    if (typeof type !== 'string') throw new TypeError(`an event is a ${kindOf(event)} without a type`);
    if (this.exchange.client.gone !== null || this.socket?.gone === true)
      throw new ClientGone('the client has gone');
    if (!LEGAL[this.state].has(type)) {
      const expected = [...LEGAL[this.state]].join(' or ');
      throw new TypeError(`${type} is not allowed now: expected ${expected || 'nothing, it is closed'}`);
    }
    switch (event.type) {
      case 'websocket.accept':
        return this.switch(event);
      case 'websocket.send':
        return this.message(event);
      case 'websocket.close':
        return this.close(event);
      case 'websocket.http.response.start':
        return this.deny(event);
      default:
        return this.denyWith(event);
    }
  }

  private switch({ subprotocol, headers }: WebSocketAcceptEvent): Step {
    const fields = checkFields(headers ?? []);
    if (fields.some(([name]) => name.toLowerCase().startsWith('sec-websocket-')))
      throw new TypeError('headers of websocket.accept must not set Sec-WebSocket-*');
    const scope = this.exchange.scope() as WebSocketScope;
    if (typeof subprotocol === 'string' && ![...(scope.subprotocols ?? [])].includes(subprotocol))
      throw new RangeError(`the client did not offer the subprotocol ${JSON.stringify(subprotocol)}`);
    this.state = 'open';
    return () => {
      const accept = { environ: this.exchange.environ, subprotocol: subprotocol ?? null, fields };
      this.socket = new Socket(this.upgrade, accept, this.stopping, this.finish);
      this.handshakeOver();
      return undefined;
    };
  }

  private message({ bytes, text }: WebSocketSendEvent): Step {
    const data = bytes ?? text;
    if ((bytes ?? null) !== null && (text ?? null) !== null)
      throw new TypeError('websocket.send has both bytes and text');
    if (typeof data !== 'string' && !(data instanceof Uint8Array))
      throw new TypeError('websocket.send has neither bytes, a Uint8Array, nor text, a string');
    return () => this.socket?.send(data);
  }

  private close({ code = 1000, reason }: WebSocketCloseEvent): Step {
    if (!Number.isInteger(code)) throw new TypeError(`code is ${String(code)}, expected an integer`);
    if (!mayBeSent(code)) throw new RangeError(`code is ${code}, which no Close frame may have`);
    if (Buffer.byteLength(reason ?? '') > MAX_REASON_BYTES)
      throw new RangeError(`reason has more than ${MAX_REASON_BYTES} bytes`);
    const denied = this.state === 'connecting';
    this.state = 'closed';
    return () => {
      if (denied) {
        sendPlain(this.exchange.response, 'GET', 403, 'Forbidden');
        this.end();
      } else this.socket?.close(code, reason ?? '');
      return undefined;
    };
  }

  private deny({ status, headers }: WebSocketResponseStartEvent): Step {
    const head = checkStart(status, headers);
    this.state = 'denying';
    return () => {
      this.denial.commit(head);
      return undefined;
    };
  }

  private denyWith({ body = EMPTY, more_body: more = false }: WebSocketResponseBodyEvent): Step {
    if (!(body instanceof Uint8Array))
      throw new TypeError(`body is a ${kindOf(body)}, expected a Uint8Array`);
    if (!more) this.state = 'closed';
    return () => {
      if (more) return this.denial.write(body);
      this.denial.end(body);
      this.end();
      return undefined;
    };
  }

  private end(): void {
    this.handshakeOver();
    this.finish();
  }
}
