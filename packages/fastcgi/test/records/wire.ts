// Records for tests, written byte by byte: what is expected must not come from the encoder that is tested.
import { hex } from '@gatewire/testkit';

const NOTHING = new Uint8Array(0);

const word = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

export const record = (
  type: number,
  id: number,
  content: Uint8Array = NOTHING,
  padding: number = 0,
): Uint8Array =>
  hex`01 ${type} ${word(id)} ${word(content.length)} ${padding} 00 ${content} ${new Uint8Array(padding)}`;

export const begin = (id: number, role: number = 1, flags: number = 1): Uint8Array =>
  hex`01 01 ${word(id)} 00 08 00 00  ${word(role)} ${flags} 00 00 00 00 00`;

export const abort = (id: number): Uint8Array => record(2, id);

export const endRequest = (id: number, appStatus: number = 0, protocolStatus: number = 0): Uint8Array =>
  hex`01 03 ${word(id)} 00 08 00 00  00 00 00 ${appStatus} ${protocolStatus} 00 00 00`;

/** Names and values below 128 bytes. */
export const block = (pairs: readonly string[]): Uint8Array => {
  const bytes: number[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    bytes.push(pairs[i].length, pairs[i + 1].length);
    for (const character of pairs[i] + pairs[i + 1]) bytes.push(character.charCodeAt(0));
  }
  return Uint8Array.from(bytes);
};

/** The parameters in one record, and their end. */
export const params = (id: number, pairs: readonly string[]): Uint8Array =>
  hex`${pairs.length === 0 ? NOTHING : record(4, id, block(pairs))} ${record(4, id)}`;

export const stdin = (id: number, content: Uint8Array = NOTHING): Uint8Array => record(5, id, content);
export const stdout = (id: number, content: Uint8Array = NOTHING): Uint8Array => record(6, id, content);
export const stderr = (id: number, content: Uint8Array = NOTHING): Uint8Array => record(7, id, content);
export const data = (id: number, content: Uint8Array = NOTHING): Uint8Array => record(8, id, content);

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
