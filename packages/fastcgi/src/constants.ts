/** Protocol version, the first byte of every record. FastCGI 1.0 §8. */
export const FCGI_VERSION_1: number = 1;

/** Bytes in a record header. FastCGI 1.0 §8. */
export const FCGI_HEADER_LEN: number = 8;

/** Most content bytes in one record. FastCGI 1.0 §8. */
export const FCGI_MAX_LENGTH: number = 0xffff;
