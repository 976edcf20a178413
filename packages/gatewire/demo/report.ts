import type { WSGIEnvironment } from '@gatewire/interfaces';
import { annotatePacket } from '../src/annotate-uwsgi.js';
import { colors } from '../src/colors.js';
import type { Colors } from '../src/colors.js';
import { variablesOf } from '../src/demo-app/variables.js';
import { elide, preview, visible } from '../src/show-bytes.js';
import type { DemoExchange } from './exchange.js';

/** How exchanges are shown. */
export interface ReportOptions {
  readonly color: boolean;
  readonly width: number;
  /** Elide nothing but long values. */
  readonly full: boolean;
  /** Name and version of what sent the packets. */
  readonly webServer: string;
}

/** Vars of a packet, and headers and lines of a response, that are shown without `--full`. */
const SHOWN_VARS = 6;
const SHOWN_LINES = 4;

/** Column where the values of the environ begin. */
const NAME_COLUMNS = 24;

/** Turns exchanges into text for a terminal, one after the other: an environ shows what is new in it. */
export class Report {
  private readonly options: ReportOptions;
  private readonly paint: Colors;
  private earlier: ReadonlyMap<string, string> = new Map();

  constructor(options: ReportOptions) {
    this.options = options;
    this.paint = colors(options.color);
  }

  /** All about one exchange, as lines. */
  exchange(exchange: DemoExchange, number: number, count: number, problems: readonly string[]): string[] {
    const { bold, dim, green, red } = this.paint;
    const title = ` ${number} of ${count} · ${exchange.request.title} `;
    const rule = '─'.repeat(Math.max(2, Math.min(this.options.width, 100) - title.length - 2));
    const verdict = problems.length === 0 ? [green('as expected')] : problems.map((problem) => red(problem));
    const times = exchange.timings.map(([what, ms]) => `${what} ${ms.toFixed(1)} ms`);
    return [
      `${dim('──')}${bold(title)}${dim(rule)}`,
      '',
      ...this.part('request', this.request(exchange)),
      ...this.part('packet', this.packet(exchange)),
      ...this.part('environ', this.environ(exchange.environ)),
      ...this.part('response', this.response(exchange)),
      ...this.part('time', [times.join(dim(' · '))]),
      ...this.part('verdict', verdict),
      '',
    ];
  }

  private part(name: string, lines: readonly string[]): string[] {
    const { bold } = this.paint;
    if (lines.length === 1) return [`${bold(name.padEnd(9))} ${lines[0]}`];
    return [bold(name), ...lines.map((line) => (line === '' ? '' : `  ${line}`)), ''];
  }

  private request({ request }: DemoExchange): string[] {
    const headers = request.headers.map(([name, value]) => this.fit(`${name}: ${value}`));
    return [this.fit(`${request.method} ${request.target} HTTP/1.1`), ...headers, ...this.data(request.body)];
  }

  private data(body: Uint8Array): string[] {
    if (body.length === 0) return [];
    const size = this.paint.dim(`(${body.length.toLocaleString('en')} bytes)`);
    return ['', `${preview(body.subarray(0, 36), body.length)} ${size}`];
  }

  private packet({ sent }: DemoExchange): string[] {
    const { webServer, full, color, width } = this.options;
    const packetBytes = 4 + sent.start[1] + sent.start[2] * 256;
    const reads = `${sent.reads} read${sent.reads === 1 ? '' : 's'}`;
    const summary = `${sent.size.toLocaleString('en')} bytes from ${webServer} in ${reads}:`;
    const lines = annotatePacket(sent.start, {
      color,
      width: Math.max(60, Math.min(width, 120) - 2),
      bodyBytes: sent.size - packetBytes,
      ...(full ? {} : { maxVars: SHOWN_VARS }),
    });
    return [this.paint.dim(summary), ...lines];
  }

  /** The CGI variables, after the first request those that are new; the names of `wsgi.*` in one line. */
  private environ(environ: WSGIEnvironment): string[] {
    const { cyan, dim } = this.paint;
    const variables = variablesOf(environ);
    const cgi = variables.filter(({ name }) => !name.includes('.'));
    const fresh = this.options.full ? cgi : cgi.filter(({ name, value }) => this.earlier.get(name) !== value);
    this.earlier = new Map(cgi.map(({ name, value }) => [name, value]));
    const lines = fresh.map(({ name, value }) => {
      const shown = elide(visible(value), this.options.width - NAME_COLUMNS - 3);
      return `${cyan(visible(name).padEnd(NAME_COLUMNS))} ${shown === '' ? dim('(empty)') : shown}`;
    });
    const same = cgi.length - fresh.length;
    if (same > 0) return [...lines, dim(`… ${same} more, and wsgi.*, as in the request before`)];
    const others = variables.filter(({ name }) => name.includes('.')).map(({ name }) => name);
    return [...lines, dim(elide(`also ${others.join(', ')}`, this.options.width - 2))];
  }

  private response({ answer }: DemoExchange): string[] {
    const { dim } = this.paint;
    const { full } = this.options;
    const lines = answer.body.trimEnd().split('\n');
    const headers = answer.headers.map(([name, value]) => this.fit(`${name}: ${value}`));
    const shownHeaders = full ? headers : headers.slice(0, SHOWN_LINES);
    const left = headers.length - shownHeaders.length;
    return [
      `${answer.status} ${answer.reason}`,
      ...shownHeaders,
      ...(left > 0 ? [dim(`… ${left} more headers`)] : []),
      '',
      ...(full ? lines : this.shorten(lines)),
    ];
  }

  /** The beginning, and the end where it is a report on the body. */
  private shorten(lines: readonly string[]): string[] {
    const blank = lines.lastIndexOf('');
    const end = blank > SHOWN_LINES ? lines.slice(blank) : [];
    const left = lines.length - SHOWN_LINES - end.length;
    const shown = lines.slice(0, SHOWN_LINES).map((line) => this.fit(line));
    return left > 0
      ? [...shown, this.paint.dim(`… ${left} more lines`), ...end.map((line) => this.fit(line))]
      : shown;
  }

  private fit(line: string): string {
    return elide(line, this.options.width - 2);
  }
}
