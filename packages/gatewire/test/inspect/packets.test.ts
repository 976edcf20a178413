import { ascii, hex } from '@gatewire/testkit';
import { expect, test } from 'vitest';
import type { Conversation, Inspection } from '../../src/inspect/conversation.js';
import { readFile } from '../../src/inspect/read-file.js';
import { annotatedLines } from '../../src/inspect/show-annotated.js';
import { jsonLines, messagesOf, tableLines } from '../../src/inspect/show-messages.js';
import { pcapFile } from '../pcap/wire.js';

const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

interface Packet {
  readonly from?: 'client' | 'server';
  readonly sequence: number;
  readonly flags?: number;
  readonly data?: Uint8Array;
  /** Bytes that were not captured, at its end. */
  readonly cut?: number;
}

/** Ethernet, IPv4 and TCP between 127.0.0.1:40000 and 127.0.0.1:3031. */
function frame({
  from = 'client',
  sequence,
  flags = ACK,
  data = new Uint8Array(0),
  cut = 0,
}: Packet): Buffer {
  const [source, destination] = from === 'client' ? [40_000, 3031] : [3031, 40_000];
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(source, 0);
  tcp.writeUInt16BE(destination, 2);
  tcp.writeUInt32BE(sequence, 4);
  tcp.set([0x50, flags], 12);
  const ip = Buffer.from(hex`45 00 00 00 00 01 40 00 40 06 00 00 7f 00 00 01 7f 00 00 01`);
  ip.writeUInt16BE(40 + data.length, 2);
  const ethernet = hex`00 00 00 00 00 00 00 00 00 00 00 00 08 00`;
  return Buffer.concat([ethernet, ip, tcp, data.subarray(0, data.length - cut)]);
}

function inspect(packets: readonly Packet[], protocol: 'auto' | 'uwsgi' | 'fastcgi' = 'auto'): Inspection {
  return readFile(pcapFile(packets.map(frame)), { file: 'a.pcap', protocol, first: 1 });
}

/** The one conversation in these packets. */
function conversation(packets: readonly Packet[]): Conversation {
  const { conversations } = inspect(packets);
  expect(conversations).toHaveLength(1);
  return conversations[0];
}

const PLAIN = { color: false, width: 100 };
const text = (side: Conversation['sent']): string => Buffer.from(side?.bytes ?? []).toString('latin1');

const PING = hex`64 00 00 00`;
const PACKET = hex`00 06 00 00 01 00 41 01 00 62`;
const ANSWER = ascii('HTTP/1.1 200 OK\r\n\r\nhi');
const OPEN: readonly Packet[] = [
  { sequence: 100, flags: SYN },
  { from: 'server', sequence: 500, flags: SYN | ACK },
];

test('both sides, in the order of time', () => {
  const one = conversation([
    ...OPEN,
    { sequence: 101, data: PACKET },
    { from: 'server', sequence: 501, data: ANSWER },
    { from: 'server', sequence: 501 + ANSWER.length, flags: FIN | ACK },
  ]);
  expect([one.ends, one.protocol, one.notes]).toEqual(['127.0.0.1:40000 -> 127.0.0.1:3031', 'uwsgi', []]);
  expect(messagesOf(one).map(({ time, message }) => `${time} ${message.sender}`)).toEqual([
    '1700000002 web server',
    '1700000003 application',
  ]);
  expect(tableLines(one, 1_700_000_000, PLAIN)[1]).toMatch(
    /^ {3}1 {4}3\.000000 < +0 +21 {2}response {2}200 OK, 0 headers, body 2 bytes$/,
  );
  expect(tableLines(one, null, PLAIN)[0]).toMatch(/^ {3}1 {11}- > /);
  expect(jsonLines(one).map((line) => JSON.parse(line) as object)).toMatchObject([
    { client: '127.0.0.1:40000', server: '127.0.0.1:3031', time: 1_700_000_002 },
    { sender: 'application', status: 200 },
  ]);
});

test('an answer that is no HTTP is shown as bytes', () => {
  const one = conversation([
    ...OPEN,
    { sequence: 101, data: PING },
    { from: 'server', sequence: 501, data: PING },
  ]);
  const lines = annotatedLines(one, PLAIN);
  expect(lines.filter((line) => line.includes('modifier1 100: a ping'))).toHaveLength(2);
});

test('a head that does not end; one with lines as CGI programs write them', () => {
  const head = ascii('Status: 200\nX-A: b');
  const one = conversation([
    ...OPEN,
    { sequence: 101, data: PACKET },
    { from: 'server', sequence: 501, data: head },
  ]);
  const shown = annotatedLines(one, PLAIN).join('\n');
  expect(shown).toMatch(/Status: 200$/m);
  expect(shown).toMatch(/58 2d 41 3a 20 62 +body/);
});

test('bytes that came twice and differed, and a reset', () => {
  const one = conversation([
    ...OPEN,
    { sequence: 101, data: PACKET },
    { sequence: 109, data: ascii('xy') },
    { sequence: 111, flags: RST },
  ]);
  expect(one.notes).toEqual([
    '2 bytes came twice and differed: the first ones are shown',
    'the connection was reset',
  ]);
  expect(text(one.sent)).toBe(Buffer.from(PACKET).toString('latin1'));
});

test('what opens a connection was not captured: by its bytes the side is known', () => {
  const begun = conversation([
    { from: 'server', sequence: 501, data: hex`01 06 00 01 00 00 00 00` },
    { sequence: 101, data: hex`01 05 00 01 00 00 00 00` },
  ]);
  expect(begun.notes).toEqual([
    'the start of the connection was not captured: shown from the first byte that was',
  ]);
  expect([begun.sent?.bytes[1], begun.returned?.bytes[1]]).toEqual([5, 6]);
});

test.each<[string, readonly Packet[], string]>([
  [
    'a packet that is missing',
    [
      { sequence: 101, data: PACKET.subarray(0, 4) },
      { sequence: 106, data: PACKET.subarray(5) },
    ],
    '1 byte missing at byte 4: no packet has them; 5 bytes after that are not shown',
  ],
  [
    'one byte behind the hole',
    [
      { sequence: 101, data: PACKET.subarray(0, 4) },
      { sequence: 110, data: PACKET.subarray(9) },
    ],
    '5 bytes missing at byte 4: no packet has them; 1 byte after that is not shown',
  ],
  [
    'a packet that was cut',
    [{ sequence: 101, data: PACKET, cut: 3 }],
    '3 bytes missing at byte 7: packets were cut when they were captured, see tcpdump -s',
  ],
])('%s', (_, packets, loss) => {
  const { conversations, isIncomplete } = inspect([...OPEN, ...packets], 'uwsgi');
  expect([conversations[0].sent?.loss, isIncomplete]).toEqual([loss, true]);
  expect(annotatedLines(conversations[0], PLAIN).at(-2)).toContain(`! ${loss}`);
  expect(messagesOf(conversations[0]).at(-1)?.message).toMatchObject({ kind: 'problem', summary: loss });
});

test('what is neither is named, and left out unless one says what it is', () => {
  const http: readonly Packet[] = [...OPEN, { sequence: 101, data: ascii('GET / HTTP/1.1\r\n\r\n') }];
  const { conversations, notes } = inspect(http);
  expect([conversations, notes]).toEqual([[], [expect.stringMatching(/is not shown: .*HTTP/)]]);
  expect(inspect(http, 'fastcgi').conversations).toHaveLength(1);
  // The answer to nothing: what was asked may not have been captured.
  expect(inspect([{ from: 'client', sequence: 1, data: ANSWER }]).conversations).toEqual([]);
});

test('a connection on which only the server spoke', () => {
  const spoken: readonly Packet[] = [...OPEN, { from: 'server', sequence: 501, data: ANSWER }];
  // It could be that of any HTTP server.
  expect(inspect(spoken).conversations).toEqual([]);
  const [one] = inspect(spoken, 'uwsgi').conversations;
  expect([one.sent?.bytes.length, text(one.returned).slice(0, 8)]).toEqual([0, 'HTTP/1.1']);
  expect(annotatedLines(one, PLAIN)).toContain('  web server, 0 bytes');
});

test('a file that stops in a packet is read up to there', () => {
  const bytes = pcapFile([frame({ sequence: 100, flags: SYN }), frame({ sequence: 101, data: PING })]);
  const { conversations, notes, isIncomplete } = readFile(bytes.subarray(0, -2), {
    ...{ file: 'a.pcap', protocol: 'uwsgi', first: 7 },
  });
  expect(notes).toEqual([expect.stringMatching(/^the file cannot be read further: /)]);
  expect([conversations.map(({ number }) => number), isIncomplete]).toEqual([[7], true]);
});
