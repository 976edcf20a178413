import {
  decodeHeader,
  FCGI_HEADER_LEN,
  FCGI_PROTOCOL_STATUS,
  FCGI_ROLE,
  FCGI_TYPE,
  FCGI_VERSION_1,
  FcgiDecoder,
  FcgiProtocolError,
} from '@gatewire/fastcgi';
import type { FcgiEvent, FcgiHeader } from '@gatewire/fastcgi';
import { ResponseHeadDecoder, ResponseHeadError } from '@gatewire/fastcgi/cgi';
import { count } from '../annotation-sheet.js';
import type { Sender } from './conversation.js';
import { base64, inPairs, problem, requestLine } from './message.js';
import type { Message } from './message.js';

/** What one side said over FastCGI, record by record. Nothing is thrown for any bytes. */
export function fastcgiMessages(bytes: Uint8Array, sender: Sender): Message[] {
  const messages: Message[] = [];
  const records = new Records(sender);
  for (let at = 0; at < bytes.length;) {
    const message = records.read(bytes, at);
    messages.push(message);
    if (message.kind === 'problem') break;
    at += message.bytes;
  }
  return messages;
}

/** Requests of which responses may be looked into at once: more than a connection has, and no more memory than that. */
const MOST_RESPONSES = 1024;

class Records {
  private readonly sender: Sender;
  private readonly decoder = new FcgiDecoder({ emptyNames: 'accept', nul: 'accept' });
  /** Responses, by request; `null` where the head was malformed. */
  private readonly heads = new Map<number, ResponseHeadDecoder | null>();

  constructor(sender: Sender) {
    this.sender = sender;
  }

  read(bytes: Uint8Array, at: number): Message {
    const left = bytes.length - at;
    const header = bytes[at] === FCGI_VERSION_1 ? decodeHeader(bytes, at) : null;
    const size = header === null ? left : FCGI_HEADER_LEN + header.contentLength + header.paddingLength;
    const record = bytes.subarray(at, at + Math.min(size, left));
    try {
      this.decoder.receive(record);
      const events = this.drain();
      if (header !== null && size <= left) return this.message(header, record, at, events);
      return problem(this.sender, at, left, `cut short: ${count(left, 'byte')} of a record are there`);
    } catch (error) {
      if (!(error instanceof FcgiProtocolError)) throw error;
      return problem(this.sender, error.offset, left, error.message, error.code);
    }
  }

  private message(
    header: FcgiHeader,
    record: Uint8Array,
    offset: number,
    events: readonly FcgiEvent[],
  ): Message {
    const { type, requestId, contentLength, paddingLength } = header;
    const content = record.subarray(FCGI_HEADER_LEN, FCGI_HEADER_LEN + contentLength);
    const about = events.map((event) => this.about(event));
    const parts = [
      requestId === 0 ? '' : `request ${requestId}`,
      count(contentLength, 'byte'),
      ...about.map(([text]) => text),
    ];
    return {
      ...{
        sender: this.sender,
        offset,
        bytes: record.length,
        kind: nameOf(FCGI_TYPE, type) ?? `type ${type}`,
      },
      summary: parts.filter((text) => text !== '').join(', '),
      details: {
        ...{ type, requestId, contentBytes: contentLength, paddingBytes: paddingLength },
        ...Object.fromEntries(about.flatMap(([, details]) => Object.entries(details))),
        content: base64(content),
      },
    };
  }

  /** A text for people, and details for programs. */
  private about(event: FcgiEvent): readonly [string, Record<string, unknown>] {
    switch (event.kind) {
      case 'begin': {
        const keep = (event.flags & 1) === 0 ? '' : ', keep the connection';
        return [
          `${nameOf(FCGI_ROLE, event.role) ?? `role ${event.role}`}${keep}`,
          { role: event.role, flags: event.flags },
        ];
      }
      case 'params': {
        const size = count(event.pairs.length / 2, 'pair');
        return [`${requestLine(event.pairs)}, ${size}`, { variables: inPairs(event.pairs) }];
      }
      case 'data':
        return event.stream === FCGI_TYPE.STDOUT ? this.response(event.requestId, event.data) : ['', {}];
      case 'dataEnd':
        return ['end of the stream', {}];
      case 'end': {
        this.heads.delete(event.requestId);
        const status =
          nameOf(FCGI_PROTOCOL_STATUS, event.protocolStatus) ?? `protocol status ${event.protocolStatus}`;
        const { appStatus, protocolStatus } = event;
        return [`${status}, application status ${appStatus}`, { appStatus, protocolStatus }];
      }
      case 'values': {
        const values = inPairs(event.pairs);
        return [
          values.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join(' '),
          { values },
        ];
      }
      default:
        return ['', {}];
    }
  }

  /** The status, in the record that completes the head. */
  private response(requestId: number, data: Uint8Array): readonly [string, Record<string, unknown>] {
    const known = this.heads.get(requestId);
    if (known === null || (known === undefined && this.heads.size >= MOST_RESPONSES)) return ['', {}];
    const decoder =
      known ?? new ResponseHeadDecoder({ interim: 'accept', transferEncoding: 'keep', hopByHop: 'keep' });
    this.heads.set(requestId, decoder);
    try {
      decoder.receive(data);
      for (let event = decoder.next(); event !== null; event = decoder.next()) {
        if (event.kind !== 'head') continue;
        const { status, reason, headers } = event;
        while (decoder.next() !== null);
        return [`${status} ${reason}`.trimEnd(), { status, reason, headers: inPairs(headers) }];
      }
      return ['', {}];
    } catch (error) {
      if (!(error instanceof ResponseHeadError)) throw error;
      this.heads.set(requestId, null);
      return [`no head: ${error.message}`, { headProblem: error.message }];
    }
  }

  private drain(): FcgiEvent[] {
    const events: FcgiEvent[] = [];
    for (let event = this.decoder.next(); event !== null; event = this.decoder.next()) events.push(event);
    return events;
  }
}

function nameOf(names: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.keys(names).find((key) => names[key] === value);
}
