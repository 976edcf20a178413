import { createRequire } from 'node:module';

/** Node's own HTTP parser as node:http uses it: llhttp, compiled C, with a thin layer that makes the strings. */
interface HttpParser {
  initialize(type: number, asyncResource: object): void;
  execute(bytes: Uint8Array): unknown;
  [callback: number]: unknown;
}

interface HttpParserClass {
  new (): HttpParser;
  readonly REQUEST: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
}

// Undocumented, but the same from Node 20 to 26, without a flag; process.binding('http_parser') ended with Node 24.
const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: HttpParserClass };

/** Methods by llhttp's numbers, as far as the corpus needs them. */
const METHODS = ['DELETE', 'GET', 'HEAD', 'POST', 'PUT'];

/** What node:http is told of a request. `fields` is flat: name, value, name, value. */
export interface ParsedRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly string[];
}

/** Parses `request`, which is whole and has no body, again and again in one parser, as on a connection that is kept. */
export function httpParser(request: Uint8Array): () => ParsedRequest | null {
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {});
  let parsed: ParsedRequest | null = null;
  // More than 31 fields are handed over in lots, the target with the first of them.
  let lots: string[] = [];
  let target = '';
  parser[HTTPParser.kOnHeaders] = (fields: string[], url: string): void => {
    lots = lots.concat(fields);
    target += url;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    fields: string[] | undefined,
    method: number,
    url: string | undefined,
  ): void => {
    parsed = { method: METHODS[method], target: url ?? target, fields: fields ?? lots };
  };
  return () => {
    parsed = null;
    lots = [];
    target = '';
    parser.execute(request);
    return parsed;
  };
}
