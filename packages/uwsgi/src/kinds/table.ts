/** Who sends packets of a kind: a client, a server in answer, or anybody as a datagram. */
export type UwsgiDirection = 'request' | 'reply' | 'datagram';

/** What the packet holds after its header. `bytes` have no structure that the protocol knows. */
export type UwsgiBody = 'vars' | 'array' | 'bytes' | 'none';

/**
 * What the 16 bits of datasize say:
 * - `payload`: the size of all that follows;
 * - `vars`: the size of the vars; a body follows, whose size is the text of one of them: CONTENT_LENGTH, in the cache
 *   `size`;
 * - `unframed`: the size of the packet; more follows whose size is not in it;
 * - `clear`: the size of the clear text; what follows is the longer cipher text;
 * - `ignored`: the size of the payload, at which receivers do not look: they take the size of the datagram;
 * - `value`: a number that is no size, and nothing follows;
 * - `absent`: it is not a uwsgi packet, another protocol has its own bytes at that place.
 */
export type UwsgiDatasize = 'payload' | 'vars' | 'unframed' | 'clear' | 'ignored' | 'value' | 'absent';

/** Names of the kinds: those of uWSGI's header file after `UWSGI_MODIFIER_`, where it has one. */
export type UwsgiKindName = keyof Modifiers;

/** One row of {@link UWSGI_KINDS}. */
export interface UwsgiKind {
  readonly name: UwsgiKindName;
  readonly modifier1: number;
  /** The one that the row is about; undefined when the row is about all, or all others. */
  readonly modifier2: number | undefined;
  readonly directions: readonly UwsgiDirection[];
  readonly body: UwsgiBody;
  readonly datasize: UwsgiDatasize;
  /** In uWSGI's documentation or header file only: no code of uWSGI sends or handles it, and none here does. */
  readonly documentedOnly: boolean;
}

// Name, modifier1, directions, body, datasize, modifier2. What is left out is a web request: vars, then a body.
const TABLE = `REQUEST 0
FORKPTY_ROWS 0 request none value 100
FORKPTY_COLUMNS 0 request none value 101
PSGI 5
LUA 6
RACK 7
JVM 8
CGI 9
ADMIN_REQUEST 10 request bytes documented
GO 11
PHP 14
MONO 15
SPOOL_REQUEST 17 request vars
SYMCALL 18
SSI 19
EVAL 22 request bytes documented
XSLT 23
V8 24
GRIDFS 25
FASTFUNC 26 request none documented
GLUSTERFS 27
RADOS 28
MANAGE_PATH_INFO 30
MESSAGE 31 request vars documented
MESSAGE_ARRAY 32 request array documented
MESSAGE_MARSHAL 33 request bytes documented
WEBDAV 35
FORK_SERVER 35 request array
FORK_SERVER_REPLY 35 reply vars
SNMP 48 datagram bytes absent
HTTP_RESPONSE 72 reply bytes absent
MULTICAST_ANNOUNCE 73 datagram bytes documented
MULTICAST 74 datagram bytes documented
CLUSTER 95 datagram vars documented
REMOTE_LOG 96 datagram bytes documented
BRUTAL_RELOAD 97 request none documented
RELOAD 98 request none documented
CONFIG 99 request+reply vars documented
PING 100 request+reply bytes
ECHO 101 request bytes
LEGION 109 datagram bytes clear
SIGNAL 110 request none
CACHE_GET 111 request bytes payload 0
CACHE_SET 111 request array payload 1
CACHE_DEL 111 request bytes payload 2
CACHE_STREAM 111 request+reply bytes unframed 5
CACHE_DUMP 111 request bytes payload 6
CACHE_DUMP_REPLY 111 reply vars unframed 7
CACHE_SYNC_UPDATE 111 datagram array payload 10
CACHE_SYNC_DEL 111 datagram array payload 11
CACHE 111 request+reply vars vars 17
EMPEROR_CONFIG 115 request bytes
RPC 173 request array
RPC_REPLY 173 reply bytes payload 0
RPC_REPLY_OUTSIDE 173 reply vars vars 5
RPC_WEB 173 request vars vars 2
RPC_XML 173 request vars vars 3
CLOSE 200 request+reply none documented
SUBSCRIPTION 224 datagram vars ignored
EXAMPLE 250
RESPONSE 255 reply none`;

// modifier1 of each row as a type, so that UWSGI_MODIFIER.PING is 100 and not any number.
type Rows<Text extends string, Before = never> = Text extends `${infer Row}\n${infer Rest}`
  ? Rows<Rest, Before | Row>
  : Before | Text;
type NameOf<Row> = Row extends `${infer Name} ${string}` ? Name : never;
type NumberOf<Row> = Row extends `${string} ${infer Modifier1 extends number}`
  ? Modifier1
  : Row extends `${string} ${infer Modifier1 extends number} ${string}`
    ? Modifier1
    : never;
type Modifiers = { readonly [Row in Rows<typeof TABLE> as NameOf<Row>]: NumberOf<Row> };

/**
 * Every kind of packet that is defined somewhere, ordered by modifier1. A number that is not here is free for use:
 * uWSGI loads a plugin under any.
 *
 * @example
 * ```ts
 * import { UWSGI_KINDS } from '@gatewire/uwsgi/kinds';
 *
 * console.log(UWSGI_KINDS.find((kind) => kind.name === 'LEGION')?.datasize); // clear
 * ```
 */
export const UWSGI_KINDS: readonly UwsgiKind[] = /* @__PURE__ */ kinds();

/**
 * modifier1 of each kind by its name.
 *
 * @example
 * ```ts
 * import { encodeHeader } from '@gatewire/uwsgi';
 * import { UWSGI_MODIFIER } from '@gatewire/uwsgi/kinds';
 *
 * console.log(encodeHeader(UWSGI_MODIFIER.PING, 0, 0)); // Uint8Array(4) [ 100, 0, 0, 0 ]
 * ```
 */
export const UWSGI_MODIFIER: Modifiers = /* @__PURE__ */ modifiers();

function kinds(): UwsgiKind[] {
  return TABLE.split('\n').map((row) => {
    const cells = row.split(' ');
    const size = cells.length > 2 ? 'payload' : 'vars';
    const [name, modifier1, directions = 'request', body = 'vars', datasize = size, modifier2] = cells;
    const documentedOnly = datasize === 'documented';
    return {
      name,
      modifier1: Number(modifier1),
      modifier2: modifier2 && Number(modifier2),
      directions: directions.split('+'),
      body,
      datasize: documentedOnly ? 'payload' : datasize,
      documentedOnly,
    } as unknown as UwsgiKind;
  });
}

function modifiers(): Modifiers {
  return Object.fromEntries(kinds().map(({ name, modifier1 }) => [name, modifier1])) as Modifiers;
}
