import { HOP_BY_HOP, isLatin1, show, TOKEN } from './values.js';
import type { Report } from './violation.js';

/** The reason neither begins nor ends with a space. */
const STATUS = /^[2-9][0-9]{2} [^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$/;
/** Without the tab that HTTP allows: PEP 3333 forbids every control character. */
const VALUE = /^[^\x00-\x1f\x7f]*$/;

/** What is needed of a head to judge the body. */
export interface Head {
  /** 0 when it cannot be read. */
  readonly status: number;
  /** What Content-Length promises, `null` when it is missing or wrong. */
  readonly contentLength: number | null;
  /** Whether no rule was broken: what the server throws is then not the application's fault. */
  readonly sound: boolean;
}

/** Checks the arguments of start_response(). */
export function checkHead(args: readonly unknown[], tell: Report): Head {
  let sound = true;
  const report: Report = (rule, detail, value) => {
    sound = false;
    tell(rule, detail, value);
  };
  if (args.length < 2 || args.length > 3)
    report('A4', `start_response() gets ${args.length} arguments, expected two or three`, args);
  const [status, headers] = args;
  checkStatus(status, report);
  const pairs = checkHeaders(headers, report);
  const code = Number(String(status).slice(0, 3)) || 0;
  const contentLength = checkLength(pairs ?? [], report);
  if (pairs !== null) checkType(pairs, code, tell);
  return { status: code, contentLength, sound };
}

function checkStatus(status: unknown, report: Report): void {
  if (typeof status !== 'string') report('A5', `status is ${show(status)}, expected a string`, status);
  else if (!isLatin1(status)) report('A17', `status ${show(status)} has a character above U+00FF`, status);
  else if (!STATUS.test(status))
    report('A5', `status is ${show(status)}, expected one like "200 OK"`, status);
}

type Pair = readonly [name: string, value: string];

/** The pairs that are pairs of strings, names in lower case; `null` when there is no list of them. */
function checkHeaders(headers: unknown, report: Report): Pair[] | null {
  if (!Array.isArray(headers)) {
    report('A6', `headers are ${show(headers)}, expected an array of [name, value]`, headers);
    return null;
  }
  const pairs: Pair[] = [];
  for (const header of headers as unknown[]) {
    const [name, value] = (Array.isArray(header) && header.length === 2 ? header : []) as unknown[];
    if (typeof name !== 'string' || typeof value !== 'string') {
      report('A6', `a header is ${show(header)}, expected [name, value]`, header);
      continue;
    }
    checkHeader(name, value, header, report);
    pairs.push([name.toLowerCase(), value]);
  }
  return pairs;
}

function checkHeader(name: string, value: string, header: unknown, report: Report): void {
  if (!isLatin1(name) || !isLatin1(value))
    report('A17', `header ${show(name)} has a character above U+00FF`, header);
  else if (!TOKEN.test(name)) report('A6', `header name ${show(name)} is not a token`, header);
  else if (!VALUE.test(value)) report('A6', `header ${name} has a control character`, header);
  else if (name.toLowerCase() === 'status') report('A7', 'a header is called Status', header);
  else if (HOP_BY_HOP.has(name.toLowerCase())) report('A8', `header ${name} is hop-by-hop`, header);
}

function checkLength(pairs: readonly Pair[], report: Report): number | null {
  const lengths = pairs.filter(([name]) => name === 'content-length').map(([, value]) => value);
  if (lengths.length === 0) return null;
  if (lengths.length > 1) report('J1', `Content-Length is given ${lengths.length} times`, lengths);
  else if (!/^[0-9]{1,15}$/.test(lengths[0]))
    report('J1', `Content-Length is ${show(lengths[0])}`, lengths[0]);
  else return Number(lengths[0]);
  return null;
}

function checkType(pairs: readonly Pair[], status: number, report: Report): void {
  const given = pairs.some(([name]) => name === 'content-type');
  const needless = status === 204 || status === 304;
  if (given === needless && status > 0)
    report('A9', needless ? `there is a Content-Type with ${status}` : 'there is no Content-Type', pairs);
}
