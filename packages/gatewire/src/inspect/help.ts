/** What follows the flags in `gatewire inspect --help`. */
export const INSPECT_HELP = `
FILE is a pcap or pcapng file, as tcpdump, Wireshark and the like write them, or the bytes that one side of a connection
sent, as they are; - is stdin. Connections are put together from their TCP packets, in any order and with repeats.
Where packets are missing or were cut, the place is named and nothing behind it is shown: it would be a guess.

Examples:

  tcpdump -i lo -w - -U 'port 3031' | gatewire inspect -
      press Ctrl-C after the requests, which ends tcpdump: what nginx sent to uwsgi_pass, byte by byte, and what came back

  tcpdump -i any -w app.pcap 'port 9000' ; gatewire inspect --table app.pcap
      one line per FastCGI record, with times; for uwsgi one per request and response

  gatewire inspect --json app.pcap | jq -r 'select(.variables) | .variables[] | join("=")'
      one JSON object per request, response or record: the variables of all requests

  gatewire inspect --protocol uwsgi request.bin
      bytes without a capture around them; the protocol is recognised by the first ones where that is possible

In JSON, text from the wire is Latin-1, one character per byte, and content is base64.

Exit codes: 0 shown, 1 a file cannot be read, or something in it is missing, malformed or not recognised; 2 wrong usage.
`;
