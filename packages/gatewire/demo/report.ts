import type { WSGIEnvironment } from '@gatewire/interfaces';
import { variablesOf } from '../src/demo-app/variables.js';
import { elide, preview, visible } from '../src/show-bytes.js';
import type { Answer, DemoExchange, DemoRequest, Scene } from './exchange.js';
import { Layout } from './layout.js';
import type { ReportOptions } from './layout.js';
import { differenceLines, likenessLine, measureLines } from './report-comparison.js';
import { returnedLines, sentLines } from './report-traffic.js';

/** Headers and lines of a response that are shown without `--full`. */
const SHOWN_LINES = 4;

/** Turns scenes into text for a terminal, one after the other: an environ shows what is new in it. */
export class Report {
  private readonly layout: Layout;
  private earlier: ReadonlyMap<string, string> = new Map();

  constructor(options: ReportOptions) {
    this.layout = new Layout(options);
  }

  /** All about one request, as lines: the `number`th of `count`, and over how many protocols it went. */
  scene(scene: Scene, number: number, count: number, problems: readonly string[]): string[] {
    const { layout } = this;
    const { green, red } = layout.paint;
    const [first, second] = scene as readonly [DemoExchange, DemoExchange?];
    const verdict = problems.length === 0 ? [green('as expected')] : problems.map((problem) => red(problem));
    const { title } = first.request;
    const head =
      second === undefined
        ? `${number} of ${count} · ${title}`
        : `${number} and ${number + 1} of ${count} · ${title}, over both`;
    return [
      layout.rule(head),
      '',
      ...layout.part('request', this.request(first.request)),
      ...(second === undefined ? this.alone(first) : this.beside(first, second)),
      ...layout.part('verdict', verdict),
      '',
    ];
  }

  private alone(exchange: DemoExchange): string[] {
    const { layout } = this;
    const times = exchange.timings.map(([what, ms]) => `${what} ${ms.toFixed(1)} ms`);
    return [
      ...layout.part('packet', sentLines(layout, exchange)),
      ...layout.part('environ', this.environ(exchange.environ)),
      ...layout.part('response', this.response(exchange.answer)),
      ...layout.part('time', [times.join(layout.paint.dim(' · '))]),
    ];
  }

  private beside(uwsgi: DemoExchange, fastcgi: DemoExchange): string[] {
    const { layout } = this;
    return [
      ...layout.part('packet over uwsgi_pass', sentLines(layout, uwsgi)),
      ...layout.part('records over fastcgi_pass', sentLines(layout, fastcgi)),
      ...layout.part('environ over uwsgi_pass', this.environ(uwsgi.environ)),
      ...layout.part('environ over fastcgi_pass', differenceLines(layout, uwsgi, fastcgi)),
      ...layout.part('response', [...this.response(uwsgi.answer), '', likenessLine(layout, uwsgi, fastcgi)]),
      ...layout.part('response on the wire, uwsgi_pass', returnedLines(layout, uwsgi)),
      ...layout.part('response on the wire, fastcgi_pass', returnedLines(layout, fastcgi)),
      ...layout.part('sizes and times', measureLines(layout, [uwsgi, fastcgi])),
    ];
  }

  private request({ method, target, headers, body }: DemoRequest): string[] {
    const { layout } = this;
    const lines = headers.map(([name, value]) => layout.fit(`${name}: ${value}`));
    return [layout.fit(`${method} ${target} HTTP/1.1`), ...lines, ...this.data(body)];
  }

  private data(body: Uint8Array): string[] {
    if (body.length === 0) return [];
    const size = this.layout.paint.dim(`(${body.length.toLocaleString('en')} bytes)`);
    return ['', `${preview(body.subarray(0, 36), body.length)} ${size}`];
  }

  /** The CGI variables, after the first request those that are new; the names of `wsgi.*` in one line. */
  private environ(environ: WSGIEnvironment): string[] {
    const { layout } = this;
    const { dim } = layout.paint;
    const variables = variablesOf(environ);
    const cgi = variables.filter(({ name }) => !name.includes('.'));
    const fresh = layout.options.full
      ? cgi
      : cgi.filter(({ name, value }) => this.earlier.get(name) !== value);
    this.earlier = new Map(cgi.map(({ name, value }) => [name, value]));
    const lines = fresh.map(({ name, value }) => {
      const shown = elide(visible(value), layout.valueColumns);
      return layout.variable(visible(name), shown === '' ? dim('(empty)') : shown);
    });
    const same = cgi.length - fresh.length;
    if (same > 0) return [...lines, dim(`… ${same} more, and wsgi.*, as in the request before`)];
    const others = variables.filter(({ name }) => name.includes('.')).map(({ name }) => name);
    return [...lines, dim(layout.fit(`also ${others.join(', ')}`))];
  }

  private response({ status, reason, headers, body }: Answer): string[] {
    const { layout } = this;
    const { full } = layout.options;
    const lines = body.trimEnd().split('\n');
    const shownHeaders = full ? headers : headers.slice(0, SHOWN_LINES);
    const left = headers.length - shownHeaders.length;
    return [
      `${status} ${reason}`,
      ...shownHeaders.map(([name, value]) => layout.fit(`${name}: ${value}`)),
      ...(left > 0 ? [layout.paint.dim(`… ${left} more headers`)] : []),
      '',
      ...(full ? lines : this.shorten(lines)),
    ];
  }

  /** The beginning, and the end where it is a report on the body. */
  private shorten(lines: readonly string[]): string[] {
    const { layout } = this;
    const blank = lines.lastIndexOf('');
    const end = blank > SHOWN_LINES ? lines.slice(blank) : [];
    const left = lines.length - SHOWN_LINES - end.length;
    const shown = lines.slice(0, SHOWN_LINES).map((line) => layout.fit(line));
    return left > 0
      ? [...shown, layout.paint.dim(`… ${left} more lines`), ...end.map((line) => layout.fit(line))]
      : shown;
  }
}
