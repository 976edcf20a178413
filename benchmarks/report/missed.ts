/**
 * Why a target is missed and what would be needed, by the work that it names in the table of targets. From CPU profiles
 * (`node --cpu-prof`) and counts of instructions; Node 20.20.
 */
export const WHY_MISSED: Readonly<Record<string, string>> = {
  'decode a uwsgi packet to pairs':
    'the check of every size and the bounds of the connection cost 0.3 us; `decodeHeader` and `decodeVars` by themselves reach 3.9.',
  'decode a FastCGI GET to pairs':
    '`decodePairs` alone is 500 of the 590 ns that the target leaves; `decodeHeader` and `decodePairs` by themselves reach 2.5 times llhttp and 13 times the best package. The rest is states, limits and events of a connection. Needed: fewer than 25 calls of `slice`, which no public API of V8 offers.',
  'decode and build the environ':
    'a name that was just decoded has to be hashed and interned before it can be a key, 25 times; with constant names the object costs 0.8 us instead of 2.8. Needed: names out of a table in the decoder, which slows the decoding to pairs by a third.',
  'read five variables':
    'checking and indexing the block costs 108 ns, the text of the block 90, each look-up 60; a floor of about 400 ns where 358 are wanted. Node 22 reaches 4.3: comparing sliced strings is cheaper there.',
  'decode a POST of 64 KiB':
    'the noise of a quick run: `npm run bench -- --only fastcgi/post/64k` gave 0.68 (0.60 to 0.69) on the same day.',
  'encode a 200 of 64 KiB':
    'of 900 ns the checked head is 400 and seven small arrays for the headers of records are 370. Needed: memory that is shared between responses, whose owner nobody would know.',
  'whole cycle': 'the environ and the head, see there; node:http does less: its headers stay a list.',
  'gatewire FastCGI, kept, CPU per request':
    'a loop on `node:net` that answers with ready bytes is at the target already: nothing is left for a server. Of our time 40 % is the write to the socket, 10 % garbage, 5 % the environ.',
  'gatewire uwsgi, CPU per request':
    'two thirds are node:net: making the socket, writing, closing. Needed: an accept and a close without a stream around them, which Node has no public API for.',
};
