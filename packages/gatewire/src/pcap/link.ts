import type { CapturedPacket } from './capture.js';
import { viewOf } from './pcap.js';

/** LINKTYPE_ numbers, https://www.tcpdump.org/linktypes.html. */
const LINK = {
  NULL: 0,
  ETHERNET: 1,
  RAW_BSD: [12, 14],
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q and its relatives: four more bytes, then the type again. */
const ETHERTYPE_VLAN: readonly number[] = [0x8100, 0x88a8, 0x9100];

/** Address families as BSD and Linux number them: 2 is IPv4 everywhere, IPv6 differs. */
const FAMILY_IPV4 = 2;
const FAMILIES_IPV6: readonly number[] = [10, 24, 28, 30];

/** Where the IP packet begins, or why there is none. */
export function ipOffset({ linkType, bytes }: CapturedPacket): number | string {
  const view = viewOf(bytes);
  switch (linkType) {
    case LINK.ETHERNET:
      return afterEtherType(view, 12);
    case LINK.LINUX_SLL:
      return afterEtherType(view, 14);
    case LINK.LINUX_SLL2:
      return view.byteLength < 20 ? 'cut inside the link header' : ipAt(view.getUint16(0), 20);
    case LINK.NULL:
    case LINK.LOOP:
      return afterFamily(view);
    case LINK.RAW:
    case LINK.RAW_BSD[0]:
    case LINK.RAW_BSD[1]:
    case LINK.IPV4:
    case LINK.IPV6:
      return 0;
    default:
      return `of link type ${linkType}, which is not read here`;
  }
}

function afterEtherType(view: DataView, start: number): number | string {
  for (let at = start; at + 2 <= view.byteLength; at += 4) {
    const type = view.getUint16(at);
    if (!ETHERTYPE_VLAN.includes(type)) return ipAt(type, at + 2);
  }
  return 'cut inside the link header';
}

function ipAt(etherType: number, at: number): number | string {
  return etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6 ? at : 'not IP';
}

/** Four bytes in the order of the machine that captured, or for LOOP of the network: small numbers either way. */
function afterFamily(view: DataView): number | string {
  if (view.byteLength < 4) return 'cut inside the link header';
  const families = [view.getUint32(0), view.getUint32(0, true)];
  return families.some((family) => family === FAMILY_IPV4 || FAMILIES_IPV6.includes(family)) ? 4 : 'not IP';
}
