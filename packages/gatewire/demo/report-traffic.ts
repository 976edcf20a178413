import { annotateRecords } from '../src/annotate-fastcgi.js';
import { annotatePacket } from '../src/annotate-uwsgi.js';
import { Sheet } from '../src/annotation-sheet.js';
import type { SheetOptions } from '../src/annotation-sheet.js';
import type { DemoExchange, Traffic } from './exchange.js';
import type { Layout } from './layout.js';

/** Vars of a packet, and pairs of records, that are shown without `--full`. */
const SHOWN_VARS = 6;

/** What the web server sent, byte by byte: a packet or records. */
export function sentLines(layout: Layout, { gateway, sent }: DemoExchange): string[] {
  const { webServer, full } = layout.options;
  const most = full ? Infinity : SHOWN_VARS;
  const sheet = sheetOf(layout);
  const packetBytes = 4 + sent.start[1] + sent.start[2] * 256;
  const lines =
    gateway === 'uwsgi'
      ? annotatePacket(sent.start, { ...sheet, maxVars: most, bodyBytes: sent.size - packetBytes })
      : annotateRecords(sent.start, { ...sheet, maxPairs: most });
  return [layout.paint.dim(summaryOf(sent, webServer)), ...lines];
}

/** What the application's server sent back: a response as in HTTP, or records with one as in CGI. */
export function returnedLines(layout: Layout, { gateway, returned }: DemoExchange): string[] {
  const sheet = new Sheet(sheetOf(layout), returned.size);
  if (gateway === 'uwsgi') sheet.data(0, returned.start, 'HTTP', returned.size);
  const lines = gateway === 'uwsgi' ? sheet.lines : annotateRecords(returned.start, sheetOf(layout));
  return [layout.paint.dim(summaryOf(returned, 'gatewire')), ...lines];
}

function sheetOf({ options: { color, width } }: Layout): SheetOptions {
  return { color, width: Math.max(60, Math.min(width, 120) - 2) };
}

function summaryOf({ size, reads }: Traffic, sender: string): string {
  return `${size.toLocaleString('en')} bytes from ${sender} in ${reads} read${reads === 1 ? '' : 's'}:`;
}
