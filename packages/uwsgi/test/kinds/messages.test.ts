// What the messages say: the value that came, and what was expected. Codes and offsets are tested where the rules are.
import { ascii, hex } from '@gatewire/testkit';
import { encodePacket } from '@gatewire/uwsgi';
import {
  decodeArray,
  decodeCache,
  decodeCacheCommand,
  decodeDatagram,
  decodeLegion,
  decodeReply,
  decodeRpc,
  decodeRpcReply,
  decodeSpool,
  decodeSubscription,
  encodeArray,
  encodeCache,
  encodeCacheCommand,
  encodeRpc,
  encodeSubscription,
  signSubscription,
} from '@gatewire/uwsgi/kinds';
import { describe, expect, test } from 'vitest';
import { packetIn } from './helpers.js';

/** What `work` throws or rejects with, as a console shows it. */
async function thrownBy(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}

const subscription = (...pairs: string[]): Uint8Array => encodePacket(224, 0, pairs);
const NODE = ['key', 'k', 'address', 'a']; // 20 bytes

describe('what a peer did wrong', () => {
  test.each<[string, () => unknown]>([
    ['no room for a length (UWSGI_STRAY_BYTE at byte 3)', () => decodeArray(hex`01 00 66 05`, 0, 4)],
    ['5 bytes, 1 left (UWSGI_VALUE_OVERRUN at byte 0)', () => decodeArray(hex`05 00 61`, 0, 3)],
    ['an empty item (UWSGI_EMPTY_ITEM at byte 0)', () => decodeArray(hex`00 00`, 0, 2)],
    [
      'more than 1 items (UWSGI_LIMIT_VARS at byte 3)',
      () => decodeArray(hex`01 00 61 01 00 62`, 0, 6, { maxItems: 1 }),
    ],
    [
      'modifiers 111 3, expected 111 0,1,2,5,10,11 (UWSGI_UNSUPPORTED_MODIFIER at byte 0)',
      () => decodeCacheCommand(packetIn(hex`6f 01 00 03 6b`)),
    ],
    [
      '1 parts, expected 2 (UWSGI_BAD_FIELD at byte 3)',
      () => decodeCacheCommand(packetIn(hex`6f 03 00 01 01 00 6b`)),
    ],
    [
      'modifiers 111 0, expected 111 17 (UWSGI_UNSUPPORTED_MODIFIER at byte 0)',
      () => decodeCache(packetIn(hex`6f 01 00 00 6b`)),
    ],
    ['neither cmd nor status (UWSGI_BAD_FIELD at byte 0)', () => decodeCache(packetIn(hex`6f 00 00 11`))],
    [
      'modifiers 100 0, expected 100 1 (UWSGI_UNSUPPORTED_MODIFIER at byte 0)',
      () => decodeReply(packetIn(hex`64 00 00 00`)),
    ],
    [
      'modifiers 0 0, expected 255 0,1 (UWSGI_UNSUPPORTED_MODIFIER at byte 0)',
      () => decodeReply(packetIn(hex`00 00 00 00`)),
    ],
    ['a datagram of 3 bytes (UWSGI_TRUNCATED at byte 3)', () => decodeDatagram(hex`00 00 00`)],
    ['this is SNMP, not uwsgi (UWSGI_NOT_UWSGI at byte 0)', () => decodeDatagram(hex`30 26 02 01`)],
    ['this is TLS, not uwsgi (UWSGI_NOT_UWSGI at byte 0)', () => decodeDatagram(hex`16 03 01 00`)],
    [
      'modifiers 110 7, expected 109 any (UWSGI_UNSUPPORTED_MODIFIER at byte 0)',
      () => decodeLegion(hex`6e 00 00 07`, (bytes) => bytes),
    ],
    [
      '5 bytes, expected 6 (UWSGI_BAD_FIELD at byte 1)',
      () => decodeLegion(hex`6d 06 00 00 01 00 61 00 00`, (bytes) => bytes),
    ],
    ['a call without a name (UWSGI_EMPTY_REQUEST at byte 0)', () => decodeRpc(packetIn(hex`ad 00 00 00`))],
    [
      'a name of 256 bytes (UWSGI_BAD_FIELD at byte 0)',
      () => decodeRpc(packetIn(hex`ad 02 01 00 00 01 ${new Uint8Array(256)}`)),
    ],
    [
      'CONTENT_LENGTH is missing (UWSGI_BAD_FIELD at byte 0)',
      () => decodeRpcReply(packetIn(hex`ad 00 00 05`)),
    ],
    [
      'CONTENT_LENGTH is no number up to 999999999999999 (UWSGI_BAD_FIELD at byte 0)',
      () => decodeRpcReply(packetIn(hex`ad 14 00 05 0e 00 ${ascii('CONTENT_LENGTH')} 02 00 33 78`)),
    ],
    ['the file ends inside its vars (UWSGI_TRUNCATED at byte 4)', () => decodeSpool(hex`11 01 00 00`)],
    ['address is missing (UWSGI_BAD_FIELD at byte 12)', () => decodeSubscription(subscription('key', 'k'))],
    [
      'key is no string up to 255 (UWSGI_BAD_FIELD at byte 4)',
      () => decodeSubscription(subscription('key', 'k'.repeat(256))),
    ],
    [
      'modifier1 is no number up to 255 (UWSGI_BAD_FIELD at byte 4)',
      () => decodeSubscription(subscription('modifier1', '256')),
    ],
    [
      'load is no number up to 999999999999999 (UWSGI_BAD_FIELD at byte 4)',
      () => decodeSubscription(subscription('load', '-1')),
    ],
    [
      'key has two values (UWSGI_BAD_FIELD at byte 24)',
      () => decodeSubscription(subscription(...NODE, 'key', 'l')),
    ],
    [
      'sign is not the last (UWSGI_BAD_FIELD at byte 4)',
      () => decodeSubscription(subscription('sign', 's', ...NODE)),
    ],
    [
      'a signature without unix (UWSGI_BAD_FIELD at byte 33)',
      () => decodeSubscription(subscription(...NODE, 'sign', 's')),
    ],
  ])('invalid: %s', async (message, work) => {
    expect(await thrownBy(work)).toBe(`UwsgiProtocolError: ${message}`);
  });
});

describe('what the caller did wrong', () => {
  const node = (change: object): Uint8Array => encodeSubscription({ key: 'k', address: 'a', ...change });

  test.each<[string, () => unknown]>([
    ['RangeError: an empty item', () => encodeArray([''])],
    [
      'RangeError: 3 items, 9 bytes, expected up to 2 and 65535',
      () => encodeArray(['a', 'b', 'c'], { maxItems: 2 }),
    ],
    [
      'RangeError: 1 items, 65536 bytes, expected up to 65535 and 65535',
      () => encodeArray([new Uint8Array(65_534)]),
    ],
    ['RangeError: modifier2 1 takes 2 parts, not 1', () => encodeCacheCommand({ modifier2: 1, key: 'k' })],
    ['RangeError: modifier2 3 takes no parts, not 1', () => encodeCacheCommand({ modifier2: 3, key: 'k' })],
    ['RangeError: key is no string up to 65535', () => encodeCache({ cmd: 'get', key: '' })],
    ['RangeError: a name of 256 bytes', () => encodeRpc('f'.repeat(256))],
    ['TypeError: key is no string', () => node({ key: undefined })],
    ['TypeError: load is no number', () => node({ load: '1' })],
    ['RangeError: notify is no string up to 101', () => node({ notify: 'p'.repeat(102) })],
    ['RangeError: modifier2 is no number up to 255', () => node({ modifier2: 256 })],
    ['RangeError: weight is no number up to 999999999999999', () => node({ weight: -1 })],
    ['RangeError: cores is no number up to 999999999999999', () => node({ cores: 0.5 })],
    [
      'RangeError: a datagram of 4124 bytes, uWSGI receives 4096',
      // Header, node, and a field of 2 + 4 + 2 bytes beside its text.
      () => node({ algo: 'x'.repeat(4124 - 4 - 20 - 8) }),
    ],
    [
      'TypeError: a signed subscription ends with unix, the time',
      () => signSubscription(node({}), () => ascii('s')),
    ],
  ])('%s', async (message, work) => {
    expect(await thrownBy(work)).toBe(message);
  });
});
