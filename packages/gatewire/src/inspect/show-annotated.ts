import { annotateRecords } from '../annotate-fastcgi.js';
import { annotatePacket } from '../annotate-uwsgi.js';
import { count, quoted, Sheet } from '../annotation-sheet.js';
import type { SheetOptions } from '../annotation-sheet.js';
import { colors } from '../colors.js';
import { visible } from '../show-bytes.js';
import type { Conversation, InspectedProtocol, Sender, Side } from './conversation.js';
import { isResponse } from './recognise.js';

/** A conversation as annotated bytes: what the web server sent, then what came back. */
export function annotatedLines(conversation: Conversation, options: SheetOptions): string[] {
  const { number, file, ends, protocol, sent, returned, notes } = conversation;
  const { bold, yellow } = colors(options.color === true);
  const what = [ends === '' ? file : ends, protocol].join(', ');
  return [
    bold(visible(`#${number} ${what}`)),
    ...notes.map((note) => yellow(`  ${note}`)),
    ...sideLines('web server', sent, protocol, options),
    ...sideLines('application', returned, protocol, options),
  ];
}

function sideLines(
  sender: Sender,
  side: Side | null,
  protocol: InspectedProtocol,
  options: SheetOptions,
): string[] {
  if (side === null) return [];
  const { dim, red } = colors(options.color === true);
  const lines = [dim(`  ${sender}, ${count(side.bytes.length, 'byte')}`)];
  if (side.bytes.length > 0) lines.push(...byteLines(sender, side.bytes, protocol, options));
  if (side.loss !== null) lines.push(red(`        ! ${side.loss}`));
  return lines;
}

function byteLines(
  sender: Sender,
  bytes: Uint8Array,
  protocol: InspectedProtocol,
  options: SheetOptions,
): string[] {
  if (protocol === 'fastcgi') return annotateRecords(bytes, options);
  return sender === 'application' && isResponse(bytes)
    ? responseLines(bytes, options)
    : annotatePacket(bytes, options);
}

/** Lines of a head that are looked at: what is longer is no head. */
const MOST_LINES = 1000;

/** An HTTP response: each line of its head, then its body. */
function responseLines(bytes: Uint8Array, options: SheetOptions): string[] {
  const sheet = new Sheet(options, bytes.length);
  let at = 0;
  for (let lines = 0; lines < MOST_LINES; lines++) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) break;
    const line = bytes.subarray(at, end + 1);
    const text = quoted(line.subarray(0, line.at(-2) === 0x0d ? -2 : -1));
    sheet.row(
      at,
      line,
      0,
      lines === 0 ? sheet.paint.magenta : sheet.paint.cyan,
      text === '' ? 'end of the head' : '',
      text,
    );
    at = end + 1;
    if (text === '') break;
  }
  sheet.data(at, bytes.subarray(at), 'body');
  return sheet.lines;
}
