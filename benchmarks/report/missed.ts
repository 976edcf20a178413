/** The cases and the back ends whose profiles stand beside the targets. */
export const MISSED_CASES =
  /^(fastcgi\/decode|environ|uwsgi\/lookup|cycle)\/get-25$|^fastcgi\/(post|respond)\/64k$/;
export const MISSED_BACKENDS = /^gatewire (uwsgi|FastCGI, kept)$/;

/** Why a target is missed. */
export interface Missed {
  /** How the name of its profile begins; empty when there is none. */
  readonly profile: string;
  readonly why: string;
}

/** Why a target is missed and what would be needed, by the work that it names in the table of targets. */
export const MISSED: Readonly<Record<string, Missed | undefined>> = {
  'decode a uwsgi packet to pairs': {
    profile: '',
    why: 'an unchecked loop is as fast: what is left is one `slice` for each of the 50 strings, and V8 has no public call that makes several.',
  },
  'decode a FastCGI GET to pairs': {
    profile: 'fastcgi/decode/get-25,',
    why: 'making the pairs is three fifths of the [instructions](INSTRUCTIONS.md) (`fastcgi/decode` of `fastcgi/request`); by themselves, the row `decodeHeader + decodePairs`, they are at the target. The rest is what a connection needs: states, limits, request ids, events. llhttp makes 25 strings of that request where this makes 50. Needed: pairs that are made when they are asked for, as `VarsView` does for uwsgi, at the price of a second way to read a request.',
  },
  'the same, its records and pairs alone': {
    profile: '',
    why: 'one `slice` for each of the 50 strings, and a search for NUL that a uwsgi packet needs not.',
  },
  'decode and build the environ': {
    profile: 'environ/get-25,',
    why: 'names that came before are keys already (`fromKnownShape`), but only once each is seen to be the one of last time (`fits`): that comparison, filling the object and decoding are about a third each. Needed: a table of names in the decoder, so that the same name is the same string; tried, and it makes decoding to pairs a third slower.',
  },
  'read five variables': {
    profile: 'uwsgi/lookup/get-25,',
    why: 'the whole block is checked and indexed (`indexVars`) before a value is handed out, and that with the text of the block is half of it; a look-up (`get`) compares text. An unchecked search would be faster and would read a malformed packet. On Node 22, which compares sliced strings faster, the target was met.',
  },
  'decode a POST of 64 KiB': {
    profile: 'fastcgi/post/64k,',
    why: 'no byte of the body is copied: this is the cost of the request and its variables, and a copy of 64 KiB within the cache costs about as much as half of it. With more of a body (`fastcgi/post/1m`) the copy is the slower one.',
  },
  'encode a 200 of 64 KiB': {
    profile: 'fastcgi/respond/64k,',
    why: 'the body is not copied: this is the head, checked field by field, and memory for the header and padding of each record. The row `records, the head ready-made` meets the target. Needed: heads that are kept from response to response, or memory that responses share, whose owner nobody would know.',
  },
  'the same, its head ready-made': {
    profile: '',
    why: 'memory for the header and padding of each record, and a view of the body for each.',
  },
  'whole cycle': {
    profile: 'cycle/get-25,',
    why: 'the environ (`fromKnownShape` and `fits`, see above), the garbage of both, and the checked head. node:http makes an object of 12 header fields; the environ has twice as many entries.',
  },
  'gatewire FastCGI, kept, CPU per request': {
    profile: 'gatewire FastCGI, kept',
    why: 'a loop on `node:net` that sends ready bytes, the row `bare node:net, FastCGI kept`, is about at the target: nothing is left for variables, an environ and an application. The write (`writeBuffer`) is the same in all of them, and what is ours is spread thin: no function but those of the environ takes more than 4 %. Needed: a socket without the streams of node:net.',
  },
  'gatewire uwsgi, CPU per request': {
    profile: 'gatewire uwsgi',
    why: 'uwsgi has a connection for each request, and making and closing the stream of one (`Socket`, `close`, `writeBuffer`, their garbage) is most of it: the row `bare node:net, uwsgi`, which has no codec, misses the target too. Needed: an accept and a close without a stream around them, for which Node has no public API.',
  },
};
