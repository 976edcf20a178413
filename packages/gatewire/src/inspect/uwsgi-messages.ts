import { ResponseHeadDecoder, ResponseHeadError } from '@gatewire/fastcgi/cgi';
import { decodePacket, decodeVars, UWSGI_HEADER_BYTES, UwsgiProtocolError } from '@gatewire/uwsgi';
import type { UwsgiPacket } from '@gatewire/uwsgi';
import { UWSGI_KINDS } from '@gatewire/uwsgi/kinds';
import { count } from '../annotation-sheet.js';
import type { Sender } from './conversation.js';
import { base64, inPairs, problem, requestLine } from './message.js';
import type { Message } from './message.js';
import { isResponse } from './recognise.js';

/** What one side said over uwsgi. Nothing is thrown for any bytes: what is wrong is a message of its own. */
export function uwsgiMessages(bytes: Uint8Array, sender: Sender): Message[] {
  if (bytes.length === 0) return [];
  return sender === 'application' && isResponse(bytes) ? response(bytes) : packet(bytes, sender);
}

function packet(bytes: Uint8Array, sender: Sender): Message[] {
  try {
    const decoded = decodePacket(bytes, 0, { foreign: 'accept' });
    if (decoded === null) {
      return [
        problem(sender, 0, bytes.length, `cut short: ${count(bytes.length, 'byte')} of a packet are there`),
      ];
    }
    const body = bytes.subarray(decoded.next);
    return hasVars(decoded.value)
      ? request(decoded.value, body, sender)
      : [other(decoded.value, body, sender)];
  } catch (error) {
    if (!(error instanceof UwsgiProtocolError)) throw error;
    return [problem(sender, error.offset, bytes.length, error.message, error.code)];
  }
}

function hasVars({ modifier1, modifier2 }: UwsgiPacket): boolean {
  const kinds = UWSGI_KINDS.filter((kind) => kind.modifier1 === modifier1);
  const kind =
    kinds.find((one) => one.modifier2 === modifier2) ?? kinds.find((one) => one.modifier2 === undefined);
  return kind?.body === 'vars';
}

function request(
  { modifier1, modifier2, payload }: UwsgiPacket,
  body: Uint8Array,
  sender: Sender,
): Message[] {
  const pairs = decodeVars(payload, 0, payload.length);
  const size = UWSGI_HEADER_BYTES + payload.length;
  const announced = Number(new Map(inPairs(pairs)).get('CONTENT_LENGTH') ?? '');
  const parts = [requestLine(pairs), count(pairs.length / 2, 'var')];
  if (modifier1 !== 0) parts.push(`modifier1 ${modifier1}`);
  if (body.length > 0) parts.push(`body ${count(body.length, 'byte')}`);
  const message: Message = {
    ...{ sender, offset: 0, bytes: size + body.length, kind: 'request', summary: parts.join(', ') },
    details: { modifier1, modifier2, variables: inPairs(pairs), bodyBytes: body.length, body: base64(body) },
  };
  if (announced === body.length || Number.isNaN(announced)) return [message];
  const text = `CONTENT_LENGTH is ${announced}, the body has ${count(body.length, 'byte')}`;
  return [message, problem(sender, size, body.length, text)];
}

function other({ modifier1, modifier2, payload }: UwsgiPacket, rest: Uint8Array, sender: Sender): Message {
  const kind = UWSGI_KINDS.find((one) => one.modifier1 === modifier1)?.name ?? 'unknown';
  const parts = [
    `modifier1 ${modifier1} (${kind})`,
    `modifier2 ${modifier2}`,
    `payload ${count(payload.length, 'byte')}`,
  ];
  if (rest.length > 0) parts.push(`${count(rest.length, 'byte')} after it`);
  return {
    ...{ sender, offset: 0, bytes: UWSGI_HEADER_BYTES + payload.length + rest.length, kind: 'packet' },
    summary: parts.join(', '),
    details: { modifier1, modifier2, payload: base64(payload), rest: base64(rest) },
  };
}

function response(bytes: Uint8Array): Message[] {
  const sender = 'application';
  try {
    const head = headOf(bytes);
    if (head === null)
      return [problem(sender, 0, bytes.length, `cut short: ${count(bytes.length, 'byte')} of a head`)];
    const { status, reason, headers, body } = head;
    const message: Message = {
      ...{ sender, offset: 0, bytes: bytes.length, kind: 'response' },
      summary: `${status} ${reason}, ${count(headers.length / 2, 'header')}, body ${count(body.length, 'byte')}`,
      details: { status, reason, headers: inPairs(headers), bodyBytes: body.length, body: base64(body) },
    };
    return [message];
  } catch (error) {
    if (!(error instanceof ResponseHeadError)) throw error;
    return [problem(sender, error.offset, bytes.length, error.message, error.code)];
  }
}

function headOf(
  bytes: Uint8Array,
): { status: number; reason: string; headers: readonly string[]; body: Uint8Array } | null {
  const decoder = new ResponseHeadDecoder({
    ...{ interim: 'accept', upgrade: 'accept', transferEncoding: 'keep', hopByHop: 'keep' },
  });
  decoder.receive(bytes);
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.kind === 'head') return { ...event, body: bytes.subarray(decoder.offset) };
  }
  return null;
}
