/** Bytes in a packet header: modifier1, datasize (2, little-endian), modifier2. */
export const UWSGI_HEADER_BYTES: number = 4;

/** Bytes of the length before a name, a value, an item. */
export const UWSGI_LENGTH_BYTES: number = 2;

/** Largest datasize: the field has 16 bits, and the header itself is not counted. */
export const UWSGI_MAX_DATASIZE: number = 0xffff;

/** Largest packet in bytes, header included. */
export const UWSGI_MAX_PACKET_BYTES: number = UWSGI_HEADER_BYTES + UWSGI_MAX_DATASIZE;

/** modifier1 of a web request: vars, then CONTENT_LENGTH bytes of body outside the packet. */
export const UWSGI_MODIFIER_REQUEST: number = 0;

/** Largest block of variables that uWSGI accepts unless its `buffer-size` option says otherwise, in bytes. */
export const UWSGI_DEFAULT_BUFFER_SIZE: number = 4096;
