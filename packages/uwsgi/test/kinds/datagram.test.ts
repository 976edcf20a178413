import { ascii, hex } from '@gatewire/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeDatagram, encodePayload } from '@gatewire/uwsgi/kinds';
import { anyBytes, refusal } from './helpers.js';

test('a datagram whose header agrees with its size', () => {
  expect(decodeDatagram(hex`65 02 00 07 68 69`)).toEqual({
    modifier1: 101,
    datasize: 2,
    modifier2: 7,
    payload: ascii('hi'),
    agrees: true,
  });
});

test.each([
  ['too small', hex`65 01 00 00 68 69`, 1],
  ['too large', hex`65 ff ff 00 68 69`, 65_535],
])('a datasize that is %s is reported and nothing more', (_, bytes, datasize) => {
  const datagram = decodeDatagram(bytes);
  expect(datagram).toMatchObject({ datasize, agrees: false });
  expect(datagram.payload).toEqual(ascii('hi'));
});

test('four bytes are enough', () => {
  expect(decodeDatagram(hex`6e 00 00 05`)).toMatchObject({ modifier1: 110, modifier2: 5, agrees: true });
});

test.each([0, 1, 2, 3])('%d bytes are not', async (length) => {
  expect(await refusal(() => decodeDatagram(new Uint8Array(length)))).toEqual({
    code: 'UWSGI_TRUNCATED',
    offset: length,
  });
});

test.each([
  ['SNMP, a BER sequence', hex`30 26 02 01 01 04 06`],
  ['HTTP', ascii('GET /')],
  ['TLS', hex`16 03 01 00 05`],
])('%s is not uwsgi', async (_, bytes) => {
  expect(await refusal(() => decodeDatagram(bytes))).toEqual({ code: 'UWSGI_NOT_UWSGI', offset: 0 });
});

test('TLS is recognised by its first byte, not by a size and a modifier2 that look like one', () => {
  expect(decodeDatagram(hex`e0 16 03 01`)).toMatchObject({ modifier1: 224, datasize: 790, modifier2: 1 });
});

test('payloads come back as they were', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 100, 109, 224, 255),
      fc.nat(255),
      anyBytes,
      (modifier1, modifier2, payload) => {
        const datagram = decodeDatagram(encodePayload(modifier1, modifier2, payload));
        expect(datagram).toEqual({ modifier1, datasize: payload.length, modifier2, payload, agrees: true });
      },
    ),
  );
});

test('any bytes are a datagram or throw UwsgiProtocolError', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      const refused = await refusal(() =>
        expect(decodeDatagram(bytes).payload).toHaveLength(bytes.length - 4),
      );
      expect([undefined, 'UWSGI_TRUNCATED', 'UWSGI_NOT_UWSGI']).toContain(refused?.code);
    }),
  );
});
