import { colors } from '../colors.js';
import { elide, readable, visible } from '../show-bytes.js';
import type { Conversation, Side } from './conversation.js';
import { fastcgiMessages } from './fastcgi-messages.js';
import { problem } from './message.js';
import type { Message } from './message.js';
import { uwsgiMessages } from './uwsgi-messages.js';

/** A message, and when the packet with its first byte was captured. */
export interface TimedMessage {
  readonly message: Message;
  /** Seconds since 1970; `null` when nobody knows. */
  readonly time: number | null;
}

/** Everything that was said, of both sides: in the order of time where that is known, else the web server first. */
export function messagesOf({ protocol, sent, returned }: Conversation): TimedMessage[] {
  const of = (side: Side | null, sender: Message['sender']): TimedMessage[] => {
    if (side === null) return [];
    const { bytes, loss, timeAt } = side;
    const messages = protocol === 'uwsgi' ? uwsgiMessages(bytes, sender) : fastcgiMessages(bytes, sender);
    if (loss !== null) messages.push(problem(sender, bytes.length, 0, loss));
    return messages.map((message) => ({ message, time: timeAt(message.offset) }));
  };
  const all = [...of(sent, 'web server'), ...of(returned, 'application')];
  return all.every(({ time }) => time !== null) ? all.sort((a, b) => (a.time ?? 0) - (b.time ?? 0)) : all;
}

/** How a table is shown. */
export interface TableOptions {
  readonly color: boolean;
  /** Columns to stay within. */
  readonly width: number;
}

/** Heads of the columns of {@link tableLines}. */
export const TABLE_HEAD = '   #     seconds     offset      bytes  what';

/**
 * A conversation as a table, one line per message. Times count from `since`. The arrow is `>` for what the web server
 * sent, `<` for what came back.
 */
export function tableLines(
  conversation: Conversation,
  since: number | null,
  options: TableOptions,
): string[] {
  const { bold, red, dim } = colors(options.color);
  return messagesOf(conversation).map(({ message, time }) => {
    const { sender, offset, bytes, kind, summary } = message;
    const seconds = time === null || since === null ? '-' : (time - since).toFixed(6);
    const columns = [
      String(conversation.number).padStart(4),
      seconds.padStart(11),
      sender === 'web server' ? '>' : '<',
      String(offset).padStart(8),
      String(bytes).padStart(10),
    ].join(' ');
    const text = elide(
      visible(readable(summary)),
      Math.max(20, options.width - columns.length - kind.length - 4),
    );
    return `${dim(columns)}  ${kind === 'problem' ? red(kind) : bold(kind)}  ${text}`;
  });
}

/** A conversation as JSON, one object per message and line. */
export function jsonLines(conversation: Conversation): string[] {
  const { number, file, ends, protocol } = conversation;
  const [client, server] = ends === '' ? [undefined, undefined] : ends.split(' -> ');
  return messagesOf(conversation).map(({ message, time }) => {
    const { sender, offset, bytes, kind, details } = message;
    const when = time === null ? {} : { time };
    return JSON.stringify({
      connection: number,
      file,
      client,
      server,
      protocol,
      ...when,
      sender,
      offset,
      bytes,
      kind,
      ...details,
    });
  });
}
