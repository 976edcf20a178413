import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodePacket } from '@gatewire/uwsgi';
import { decodeSubscription, encodeSubscription, signSubscription } from '@gatewire/uwsgi/kinds';
import type { UwsgiSubscription } from '@gatewire/uwsgi/kinds';
import { anyBytes, latin1Text, refusal } from './helpers.js';

const SUBSCRIBE = hex`
  e0 32 00 00
  03 00 6b 65 79   04 00 61 2e 69 6f
  07 00 61 64 64 72 65 73 73   0e 00 31 32 37 2e 30 2e 30 2e 31 3a 33 30 33 31
  09 00 6d 6f 64 69 66 69 65 72 31   01 00 30`;

// What `uwsgi --subscribe-to 127.0.0.1:3401:example.com,5` of 2.0.21 sent.
const CAPTURED = hex`
  e0 65 00 00
  03 00 6b 65 79                     0b 00 65 78 61 6d 70 6c 65 2e 63 6f 6d
  07 00 61 64 64 72 65 73 73         0e 00 31 32 37 2e 30 2e 30 2e 31 3a 33 35 30 31
  09 00 6d 6f 64 69 66 69 65 72 31   01 00 35
  09 00 6d 6f 64 69 66 69 65 72 32   01 00 30
  05 00 63 6f 72 65 73               01 00 31
  04 00 6c 6f 61 64                  01 00 30
  06 00 77 65 69 67 68 74            01 00 30`;

const NODE: UwsgiSubscription = { key: 'a.io', address: '127.0.0.1:3031', modifier1: 0 };
const none = new Uint8Array(0);

test('a subscription', () => {
  expect(encodeSubscription(NODE)).toEqual(SUBSCRIBE);
  expect(decodeSubscription(SUBSCRIBE)).toEqual({
    ...NODE,
    subscribe: true,
    agrees: true,
    sign: none,
    signed: none,
  });
});

test('modifier2 1 withdraws it', () => {
  const withdrawn = encodeSubscription(NODE, false);
  expect(withdrawn.subarray(0, 4)).toEqual(hex`e0 32 00 01`);
  expect(withdrawn.subarray(4)).toEqual(SUBSCRIBE.subarray(4));
  expect(decodeSubscription(withdrawn).subscribe).toBe(false);
});

test('any modifier2 but 0 is a withdrawal', () => {
  expect(decodeSubscription(hex`e0 32 00 02 ${SUBSCRIBE.subarray(4)}`).subscribe).toBe(false);
});

test('what uWSGI sends', () => {
  const node = {
    key: 'example.com',
    address: '127.0.0.1:3501',
    modifier1: 5,
    modifier2: 0,
    cores: 1,
    load: 0,
    weight: 0,
  };
  expect(CAPTURED).toHaveLength(105);
  expect(decodeSubscription(CAPTURED)).toMatchObject({ ...node, subscribe: true, agrees: true });
  expect(encodeSubscription(node)).toEqual(CAPTURED);
});

test('every field, in the order of the wire', () => {
  const all = {
    unix: 1_795_000_000,
    notify: '/run/n.sock',
    sni_ca: '/a',
    sni_crt: '/c',
    sni_key: '/k',
    clear: '1',
    inactive: 'i',
    vassal: 'v.ini',
    proto: 'h',
    algo: 'lrc',
    backup: 2,
    weight: 3,
    load: 4,
    cores: 8,
    modifier2: 255,
    modifier1: 5,
    address: '10.0.0.5:3031',
    key: 'a.io:8000',
  };
  const datagram = encodeSubscription(all);
  const inOrder = Object.entries(all).reverse();
  expect(datagram).toEqual(
    encodePacket(
      224,
      0,
      inOrder.flatMap(([name, value]) => [name, String(value)]),
    ),
  );
  expect(decodeSubscription(datagram)).toEqual({
    ...all,
    subscribe: true,
    agrees: true,
    sign: none,
    signed: none,
  });
});

test('the datasize of the header is not looked at, but a disagreement is told', () => {
  const wrong = hex`e0 01 00 00 ${SUBSCRIBE.subarray(4)}`;
  expect(decodeSubscription(wrong)).toMatchObject({ ...NODE, agrees: false });
});

test('names that are not known are passed over, empty values are none', () => {
  const bytes = encodePacket(224, 0, ['x', 'y', '__proto__', 'z', 'algo', '', 'key', 'k', 'address', 'a']);
  expect(Object.keys(decodeSubscription(bytes)).sort()).toEqual([
    'address',
    'agrees',
    'key',
    'sign',
    'signed',
    'subscribe',
  ]);
});

test('a signature is over the vars before it and is the last of them', async () => {
  const unsigned = encodeSubscription({ ...NODE, unix: 1_795_000_000 });
  const asked: Uint8Array[] = [];
  const signed = await signSubscription(unsigned, (bytes) => {
    asked.push(bytes.slice());
    return Promise.resolve(hex`00 ff 0a`);
  });
  const vars = hex`${SUBSCRIBE.subarray(4)} 04 00 ${ascii('unix')} 0a 00 ${ascii('1795000000')}`;
  expect(asked).toEqual([vars]);
  expect(signed).toEqual(hex`e0 4f 00 00 ${vars} 04 00 ${ascii('sign')} 03 00 00 ff 0a`);
  expect(decodeSubscription(signed)).toMatchObject({
    sign: hex`00 ff 0a`,
    signed: vars,
    unix: 1_795_000_000,
  });
});

test('a withdrawal is signed as one', async () => {
  const unsigned = encodeSubscription({ ...NODE, unix: 1 }, false);
  expect((await signSubscription(unsigned, () => hex`01`))[3]).toBe(1);
});

test('RSA, as OpenSSL signs it: 264 bytes more, and one changed byte is seen', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const unsigned = encodeSubscription({ ...NODE, unix: 1_795_000_000 });
  const datagram = await signSubscription(unsigned, (bytes) => sign('sha1', bytes, privateKey));
  expect(datagram.length - unsigned.length).toBe(2 + 4 + 2 + 256);
  const good = decodeSubscription(datagram);
  expect(verify('sha1', good.signed, publicKey, good.sign)).toBe(true);
  const changed = datagram.slice();
  changed[11] ^= 1; // the first byte of the key
  const bad = decodeSubscription(changed);
  expect(verify('sha1', bad.signed, publicKey, bad.sign)).toBe(false);
});

test('unix comes before the signature, or there is none', async () => {
  await expect(signSubscription(encodeSubscription(NODE), () => hex`01`)).rejects.toThrow(TypeError);
  const signed = await signSubscription(encodeSubscription({ ...NODE, unix: 1 }), () => hex`01`);
  await expect(signSubscription(signed, () => hex`01`)).rejects.toThrow(TypeError);
});

test('4,096 bytes are what uWSGI receives', async () => {
  const empty = encodeSubscription({ ...NODE, unix: 1, sni_key: 'x' }).length - 1;
  const fits = encodeSubscription({ ...NODE, unix: 1, sni_key: 'x'.repeat(4096 - empty) });
  expect(fits).toHaveLength(4096);
  expect(() => encodeSubscription({ ...NODE, unix: 1, sni_key: 'x'.repeat(4097 - empty) })).toThrow(
    RangeError,
  );
  await expect(signSubscription(fits, () => hex`01`)).rejects.toThrow(RangeError);
});

test.each([
  ['an empty key', { key: '' }, RangeError],
  ['a key of 256 bytes', { key: 'k'.repeat(256) }, RangeError],
  ['no key', { key: undefined }, TypeError],
  ['no address', { address: undefined }, TypeError],
  ['an address of 256 bytes', { address: 'a'.repeat(256) }, RangeError],
  ['modifier1 256', { modifier1: 256 }, RangeError],
  ['a negative weight', { weight: -1 }, RangeError],
  ['half a core', { cores: 0.5 }, RangeError],
  ['a number as text', { load: '1' }, TypeError],
  ['a path of 102 bytes to notify', { notify: 'p'.repeat(102) }, RangeError],
  ['text above U+00FF', { key: '\u20ac' }, RangeError],
])('the encoder refuses %s', (_, change, error) => {
  expect(() => encodeSubscription({ ...NODE, ...change } as UwsgiSubscription)).toThrow(error);
});

const KEY = hex`03 00 6b 65 79 01 00 6b`; // 8 bytes: key=k
const ADDRESS = hex`07 00 61 64 64 72 65 73 73 01 00 61`; // 12 bytes: address=a
const UNIX = hex`04 00 75 6e 69 78 01 00 31`; // 9 bytes: unix=1
const SIGN = hex`04 00 73 69 67 6e 01 00 ff`; // 9 bytes: sign=0xff

test.each([
  ['three bytes', hex`e0 00 00`, 'UWSGI_TRUNCATED', 3],
  ['another kind', hex`e1 14 00 00 ${KEY} ${ADDRESS}`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
  ['a broken block', hex`e0 14 00 00 ${KEY} ff ff 01 00`, 'UWSGI_KEY_OVERRUN', 12],
  ['no key', hex`e0 0c 00 00 ${ADDRESS}`, 'UWSGI_BAD_FIELD', 16],
  ['no address', hex`e0 08 00 00 ${KEY}`, 'UWSGI_BAD_FIELD', 12],
  [
    'an address of 256 bytes',
    hex`e0 13 01 00 ${KEY} ${ADDRESS.subarray(0, 9)} 00 01 ${new Uint8Array(256)}`,
    'UWSGI_BAD_FIELD',
    12,
  ],
  ['two keys', hex`e0 1c 00 00 ${KEY} ${ADDRESS} 03 00 6b 65 79 01 00 6c`, 'UWSGI_BAD_FIELD', 24],
  [
    'modifier1 that is no byte',
    hex`e0 24 00 00 ${KEY} ${ADDRESS} 09 00 ${ascii('modifier1')} 03 00 32 35 36`,
    'UWSGI_BAD_FIELD',
    24,
  ],
  [
    'a load that is no number',
    hex`e0 1e 00 00 ${KEY} ${ADDRESS} 04 00 ${ascii('load')} 02 00 31 78`,
    'UWSGI_BAD_FIELD',
    24,
  ],
  ...['1.5', '1e3', '0x1', '1 ', '+1', '1'.repeat(16)].map(
    (text) =>
      [
        `a load of ${text}`,
        hex`e0 00 00 00 ${KEY} ${ADDRESS} 04 00 ${ascii('load')} ${text.length} 00 ${ascii(text)}`,
        'UWSGI_BAD_FIELD',
        24,
      ] as const,
  ),
  [
    'a signature that is not the last',
    hex`e0 26 00 00 ${KEY} ${SIGN} ${ADDRESS} ${UNIX}`,
    'UWSGI_BAD_FIELD',
    12,
  ],
  ['two signatures', hex`e0 2f 00 00 ${KEY} ${ADDRESS} ${UNIX} ${SIGN} ${SIGN}`, 'UWSGI_BAD_FIELD', 33],
  ['a signature without unix', hex`e0 1d 00 00 ${KEY} ${ADDRESS} ${SIGN}`, 'UWSGI_BAD_FIELD', 33],
] as const)('the decoder refuses %s', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeSubscription(bytes))).toEqual({ code, offset });
});

test('subscriptions come back as they were', () => {
  const number = fc.nat(999_999_999_999_999);
  const node = fc.record<UwsgiSubscription>(
    {
      key: latin1Text(255),
      address: latin1Text(255),
      modifier1: fc.nat(255),
      modifier2: fc.nat(255),
      cores: number,
      load: number,
      weight: number,
      backup: number,
      algo: latin1Text(10),
      proto: latin1Text(10),
      vassal: latin1Text(50),
      inactive: latin1Text(50),
      clear: latin1Text(10),
      sni_key: latin1Text(200),
      sni_crt: latin1Text(200),
      sni_ca: latin1Text(200),
      notify: latin1Text(101),
      unix: number,
    },
    { requiredKeys: ['key', 'address'] },
  );
  fc.assert(
    fc.property(node, fc.boolean(), (fields, subscribe) => {
      const decoded = decodeSubscription(encodeSubscription(fields, subscribe));
      expect(decoded).toEqual({ ...fields, subscribe, agrees: true, sign: none, signed: none });
    }),
    // Eighteen fields shrink for minutes.
    { interruptAfterTimeLimit: 10_000 },
  );
});

test('any bytes are a subscription or throw UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, fc.constantFrom(none, KEY, hex`${KEY} ${ADDRESS}`), async (bytes, start) => {
      const datagram = hex`e0 00 00 00 ${start} ${bytes}`;
      const refused = await refusal(() => expect(decodeSubscription(datagram).key).not.toBe(''));
      expect(refused === null || refused.offset <= datagram.length).toBe(true);
    }),
  );
});
