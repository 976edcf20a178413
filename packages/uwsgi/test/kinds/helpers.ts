import fc from 'fast-check';
import { decodePacket, UwsgiProtocolError } from '@gatewire/uwsgi';
import type { UwsgiPacket } from '@gatewire/uwsgi';

/** The packet that `bytes` begin with; they hold all of it. */
export function packetIn(bytes: Uint8Array): UwsgiPacket {
  const packet = decodePacket(bytes, 0);
  if (packet === null) throw new RangeError('not a whole packet');
  return packet.value;
}

/** Code and offset of the protocol error that `work` throws, or rejects with; anything else is passed on. */
export async function refusal(work: () => unknown): Promise<{ code: string; offset: number } | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof UwsgiProtocolError)) throw error;
    return { code: error.code, offset: error.offset };
  }
}

/** Any bytes, and bytes that look like lengths and fields more often than chance would have it. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.nat(255)), { maxLength: 60 })
    .map((bytes) => Uint8Array.from(bytes)),
);

/** A packet of `modifier1` with any payload and mostly small modifier2. */
export function anyPacket(modifier1: number): fc.Arbitrary<UwsgiPacket> {
  return fc.record({
    modifier1: fc.constant(modifier1),
    modifier2: fc.oneof(fc.constantFrom(0, 1, 5, 10, 11, 17), fc.nat(255)),
    payload: anyBytes,
  });
}

/** Latin-1 text that is not empty. */
export function latin1Text(maxLength: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: 1, maxLength })
    .map((bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
