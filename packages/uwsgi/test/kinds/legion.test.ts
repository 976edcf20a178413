import { createCipheriv, createDecipheriv } from 'node:crypto';
import { hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeDatagram, decodeLegion, encodeLegion } from '@gatewire/uwsgi/kinds';
import { anyBytes, latin1Text, refusal } from './helpers.js';

// As uWSGI fills them up: the secret with NUL bytes, the initialisation vector with the digit 0.
const KEY = Buffer.from('hello'.padEnd(16, '\0'), 'latin1');
const IV = Buffer.from('0'.repeat(16), 'latin1');

function encrypt(clear: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-cbc', KEY, IV);
  return Buffer.concat([cipher.update(clear), cipher.final()]);
}

function decrypt(bytes: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-128-cbc', KEY, IV);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}

test('the header holds the size of the clear text, the body is the cipher text', async () => {
  const datagram = await encodeLegion(['legion', 'a', 'valor', '98'], encrypt);
  const cipherText = encrypt(hex`06 00 6c 65 67 69 6f 6e 01 00 61   05 00 76 61 6c 6f 72 02 00 39 38`);
  expect(cipherText).toHaveLength(32);
  expect(datagram).toEqual(hex`6d 16 00 00 ${cipherText}`);
  expect(decodeDatagram(datagram)).toMatchObject({ modifier1: 109, datasize: 22, agrees: false });
  expect(await decodeLegion(datagram, decrypt)).toEqual(['legion', 'a', 'valor', '98']);
});

test('200 bytes of clear text become 208: both are kept', async () => {
  const datagram = await encodeLegion(['legion', 'x'.repeat(190)], encrypt);
  expect(datagram.subarray(0, 4)).toEqual(hex`6d c8 00 00`);
  expect(datagram).toHaveLength(4 + 208);
});

test('a lord without election has 36 NUL bytes as its name', async () => {
  const pairs = ['lord_uuid', '\0'.repeat(36)];
  expect(await decodeLegion(await encodeLegion(pairs, encrypt), decrypt)).toEqual(pairs);
});

const same = (bytes: Uint8Array): Uint8Array => bytes;

test.each([
  ['clear text shorter than the header says', hex`6d 06 00 00 01 00 61 00 00`, 'UWSGI_BAD_FIELD', 1],
  ['clear text longer than the header says', hex`6d 04 00 00 01 00 61 00 00`, 'UWSGI_BAD_FIELD', 1],
  ['clear text that is no vars block', hex`6d 02 00 00 05 00`, 'UWSGI_KEY_OVERRUN', 0],
  ['another kind', hex`6e 00 00 00`, 'UWSGI_UNSUPPORTED_MODIFIER', 0],
  ['three bytes', hex`6d 00 00`, 'UWSGI_TRUNCATED', 3],
] as const)('%s is refused', async (_, bytes, code, offset) => {
  expect(await refusal(() => decodeLegion(bytes, same))).toEqual({ code, offset });
});

test('what the hooks throw is passed on', async () => {
  const broken = (): never => {
    throw new RangeError('no key');
  };
  await expect(encodeLegion(['a', 'b'], broken)).rejects.toThrow('no key');
  await expect(decodeLegion(hex`6d 00 00 00`, broken)).rejects.toThrow('no key');
  await expect(encodeLegion(['a'], same)).rejects.toThrow(TypeError);
});

test('announcements come back as they were, through a hook that is slow too', async () => {
  const pairs = fc
    .array(fc.tuple(latin1Text(30), latin1Text(60)), { maxLength: 12 })
    .map((all) => all.flat());
  await fc.assert(
    fc.asyncProperty(pairs, async (fields) => {
      const datagram = await encodeLegion(fields, (clear) => Promise.resolve(encrypt(clear)));
      expect(await decodeLegion(datagram, (bytes) => Promise.resolve(decrypt(bytes)))).toEqual(fields);
    }),
    { numRuns: 50 },
  );
});

test('any bytes are an announcement or reject with UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      const header = hex`6d ${bytes.length & 0xff} ${bytes.length >> 8} 00`;
      const refused = await refusal(async () => {
        expect((await decodeLegion(hex`${header} ${bytes}`, same)).length % 2).toBe(0);
      });
      expect(refused === null || refused.offset <= bytes.length).toBe(true);
    }),
  );
});
