import { CaptureError } from '../pcap/errors.js';
import { isCapture, openCapture } from '../pcap/capture.js';
import { Connections } from '../pcap/connections.js';
import type { TcpConnection } from '../pcap/connections.js';
import type { TcpStream } from '../pcap/stream.js';
import { endName, tcpSegment } from '../pcap/tcp.js';
import { count } from '../annotation-sheet.js';
import type { Conversation, InspectedProtocol, Inspection, Sender, Side } from './conversation.js';
import { looksLike, recognise, senderOf } from './recognise.js';

/** How a file is read. */
export interface ReadOptions {
  /** For messages. */
  readonly file: string;
  readonly protocol: 'auto' | InspectedProtocol;
  /** Number of the first conversation. */
  readonly first: number;
}

/** What a file holds: a capture of packets, or the bytes of one side of a connection. */
export function readFile(bytes: Uint8Array, options: ReadOptions): Inspection {
  return isCapture(bytes) ? readPackets(bytes, options) : readBytes(bytes, options);
}

function readBytes(bytes: Uint8Array, { file, protocol: wanted, first }: ReadOptions): Inspection {
  const found = recognise(bytes);
  if (found === null && wanted === 'auto') {
    const advice = '--protocol uwsgi or --protocol fastcgi shows it as such';
    return {
      conversations: [],
      notes: [`does not look like uwsgi or FastCGI: ${looksLike(bytes)}; ${advice}`],
      isIncomplete: true,
    };
  }
  const protocol = wanted === 'auto' ? (found?.protocol ?? 'uwsgi') : wanted;
  const side: Side = { bytes, loss: null, timeAt: () => null };
  const sides = bySender(senderOf(protocol, bytes), side, null);
  const conversation = { number: first, file, ends: '', protocol, ...sides, notes: [] };
  return { conversations: [conversation], notes: [], isIncomplete: false };
}

function readPackets(bytes: Uint8Array, options: ReadOptions): Inspection {
  const connections = new Connections();
  const notes: string[] = [];
  const skipped = new Map<string, number>();
  try {
    const reader = openCapture(bytes);
    for (let packet = reader.next(); packet !== null; packet = reader.next()) {
      const segment = tcpSegment(packet);
      if (typeof segment === 'string') skipped.set(segment, (skipped.get(segment) ?? 0) + 1);
      else connections.add(segment);
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    notes.push(`the file cannot be read further: ${error.message}`);
  }
  let isIncomplete = notes.length > 0;
  const conversations: Conversation[] = [];
  for (const connection of connections.build()) {
    const ends = `${endName(connection.client)} -> ${endName(connection.server)}`;
    const conversation = conversationOf(connection, ends, {
      ...options,
      first: options.first + conversations.length,
    });
    if (conversation === null)
      notes.push(`${ends} is not shown: ${looksLike(joined(connection.fromClient))}`);
    else conversations.push(conversation);
    isIncomplete ||= conversation !== null && (conversation.notes.length > 0 || hasLoss(conversation));
  }
  for (const [why, many] of skipped) notes.push(`${count(many, 'packet')} passed over: ${why}`);
  return { conversations, notes, isIncomplete };
}

function conversationOf(
  { fromClient, fromServer }: TcpConnection,
  ends: string,
  { file, protocol: wanted, first }: ReadOptions,
): Conversation | null {
  const [client, server] = [sideOf(fromClient), sideOf(fromServer)];
  const found = recognise(client.bytes) ?? (client.bytes.length === 0 ? recognise(server.bytes) : null);
  const protocol = wanted === 'auto' ? found?.protocol : wanted;
  if (
    protocol === undefined ||
    (found?.sender === 'application' && protocol === 'uwsgi' && wanted === 'auto')
  ) {
    return null;
  }
  // Who opened the connection is the web server, unless its first packet was missed and its bytes say otherwise.
  const isSwapped = !fromClient.hasStart && found?.sender === 'application' && client.bytes.length > 0;
  const sides = bySender(isSwapped ? 'application' : 'web server', client, server);
  return { number: first, file, ends, protocol, ...sides, notes: notesOf([fromClient, fromServer]) };
}

function bySender(sender: Sender, first: Side, second: Side | null): Pick<Conversation, 'sent' | 'returned'> {
  return sender === 'web server' ? { sent: first, returned: second } : { sent: second, returned: first };
}

function notesOf(streams: readonly TcpStream[]): string[] {
  const notes: string[] = [];
  if (streams.some(({ hasStart, bytes }) => !hasStart && bytes > 0))
    notes.push('the start of the connection was not captured: shown from the first byte that was');
  const conflicts = streams.reduce((sum, stream) => sum + stream.conflicts, 0);
  if (conflicts > 0)
    notes.push(`${count(conflicts, 'byte')} came twice and differed: the first ones are shown`);
  if (streams.some(({ end }) => end === 'rst')) notes.push('the connection was reset');
  return notes;
}

function hasLoss({ sent, returned }: Conversation): boolean {
  return (sent?.loss ?? returned?.loss ?? null) !== null;
}

function sideOf(stream: TcpStream): Side {
  const { pieces, gap } = stream;
  const timeAt = (offset: number): number | null => pieces[indexAt(pieces, offset)]?.time ?? null;
  return { bytes: joined(stream), loss: gap === null ? null : lossOf(gap), timeAt };
}

function lossOf({ bytes, why, bytesAfter, at }: NonNullable<TcpStream['gap']>): string {
  const reason =
    why === 'cut' ? 'packets were cut when they were captured, see tcpdump -s' : 'no packet has them';
  const after =
    bytesAfter === 0
      ? ''
      : `; ${count(bytesAfter, 'byte')} after that ${bytesAfter === 1 ? 'is' : 'are'} not shown`;
  return `${count(bytes, 'byte')} missing at byte ${at}: ${reason}${after}`;
}

/** The piece that the byte at `offset` is in. */
function indexAt(pieces: TcpStream['pieces'], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle].at <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function joined({ pieces }: TcpStream): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 ? first.bytes : Buffer.concat(pieces.map(({ bytes }) => bytes));
}
