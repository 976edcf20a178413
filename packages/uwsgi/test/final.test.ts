// Any error ends a decoder, one that is nobody's mistake too: had memory run out for the variables of a packet, going on
// would read the body behind it as the next packet.
import { hex, thrownBy } from '@gatewire/testkit';
import { UwsgiApplication, UwsgiDecoder } from '@gatewire/uwsgi';
import type { UwsgiApplicationOptions } from '@gatewire/uwsgi';
import { expect, test } from 'vitest';

const FAILURE = new RangeError('Array buffer allocation failed');
const fail = (): never => {
  throw FAILURE;
};

test('a chunk that memory does not suffice for a view of: no packet from then on', () => {
  const decoder = new UwsgiDecoder();
  decoder.receive(Object.assign(hex`65 02 00 00 68 69`, { subarray: fail }));
  expect(thrownBy(() => decoder.next())).toBe(FAILURE);
  expect(thrownBy(() => decoder.next())).toBe(FAILURE);
  expect(thrownBy(() => decoder.takeBody(1))).toBe(FAILURE);
  expect(thrownBy(() => decoder.receive(hex`00`))).toBe(FAILURE);
  expect(thrownBy(() => decoder.finish())).toBe(FAILURE);
});

test('a packet that could not be made a request: what follows it is none either', () => {
  const modifiers = Object.assign([0], { includes: fail });
  const options: UwsgiApplicationOptions = { modifiers };
  const application = new UwsgiApplication(options);
  // The second packet is the body of the first.
  application.receive(hex`
    00 14 00 00  0e 00 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 01 00 39
    00 05 00 00  01 00 41 00 00`);
  expect(thrownBy(() => application.next())).toBe(FAILURE);
  Object.assign(modifiers, { includes: () => true });
  expect(thrownBy(() => application.next())).toBe(FAILURE);
  expect(thrownBy(() => application.receive(hex`00`))).toBe(FAILURE);
  expect(thrownBy(() => application.finish())).toBe(FAILURE);
});
