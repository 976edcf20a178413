import { StreamBuilder } from './stream.js';
import type { TcpStream } from './stream.js';
import { endName } from './tcp.js';
import type { TcpEnd, TcpSegment } from './tcp.js';

/** A TCP connection, both ways. */
export interface TcpConnection {
  /** Who opened it; where its SYN was not captured, who sent data first. */
  readonly client: TcpEnd;
  readonly server: TcpEnd;
  readonly fromClient: TcpStream;
  readonly fromServer: TcpStream;
}

interface Flow {
  readonly ends: readonly [TcpEnd, TcpEnd];
  readonly builders: readonly [StreamBuilder, StreamBuilder];
  /** Which of the ends is the client: by its SYN, else by who sent data first. */
  client: 0 | 1 | null;
}

/** Sorts segments into connections, and those into streams. Addresses and ports may be used again. */
export class Connections {
  private readonly flows: Flow[] = [];
  private readonly current = new Map<string, Flow>();

  add(segment: TcpSegment): void {
    const flow = this.flowOf(segment);
    const side = endName(flow.ends[0]) === endName(segment.source) ? 0 : 1;
    const other = side === 0 ? 1 : 0;
    if (segment.syn) {
      flow.client = segment.acknowledged === null ? side : other;
    } else if (flow.client === null && segment.dataBytes > 0) flow.client = side;
    flow.builders[side].add(segment);
    if (segment.acknowledged !== null) flow.builders[other].acknowledge(segment.acknowledged);
  }

  /** All of them, in the order of their first packets. */
  build(): TcpConnection[] {
    return this.flows.map(({ ends, builders, client }) => {
      const from = client ?? 0;
      const to = from === 0 ? 1 : 0;
      const [fromClient, fromServer] = [builders[from].build(), builders[to].build()];
      return { client: ends[from], server: ends[to], fromClient, fromServer };
    });
  }

  private flowOf(segment: TcpSegment): Flow {
    const { source, destination } = segment;
    const names = [endName(source), endName(destination)];
    const key = (names[0] < names[1] ? names : names.reverse()).join(' ');
    const known = this.current.get(key);
    if (known !== undefined && !isNewConnection(known, segment)) return known;
    const flow: Flow = {
      ends: [source, destination],
      builders: [new StreamBuilder(), new StreamBuilder()],
      client: null,
    };
    this.flows.push(flow);
    this.current.set(key, flow);
    return flow;
  }
}

/** A SYN with another number than the one before opens the same pair of ports anew; so does one after the end. */
function isNewConnection({ ends, builders }: Flow, segment: TcpSegment): boolean {
  if (!segment.syn || segment.acknowledged !== null) return false;
  const side = endName(ends[0]) === endName(segment.source) ? 0 : 1;
  const { initial } = builders[side];
  if (initial !== null) return initial !== segment.sequence;
  return builders[0].isClosed || builders[1].isClosed;
}
