import { createPrivateKey, getHashes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { signSubscription } from '@gatewire/uwsgi/kinds';
import { whyUnreadable } from '../file-errors.js';

/** `DIGEST:FILE`, taken apart. */
export interface SignatureOption {
  readonly digest: string;
  /** A private key, PEM. */
  readonly keyFile: string;
}

/**
 * Parses `SHA1:/etc/app/key.pem`, uWSGI's form.
 *
 * @throws RangeError when `text` is not that, or there is no such digest.
 */
export function parseSignature(text: string): SignatureOption {
  const [, digest = '', keyFile = ''] = /^([A-Za-z0-9-]+):(.+)$/s.exec(text) ?? [];
  if (digest === '') throw new RangeError('expected DIGEST:FILE, such as SHA1:/etc/app/key.pem');
  if (getHashes().includes(digest.toLowerCase()) || getHashes().includes(`RSA-${digest.toUpperCase()}`)) {
    return { digest, keyFile };
  }
  throw new RangeError(`no digest ${JSON.stringify(digest)} here`);
}

/**
 * Reads the key, and returns what signs a datagram with it.
 *
 * @throws Error when the file cannot be read or has no private key.
 */
export function signer({ digest, keyFile }: SignatureOption): (datagram: Uint8Array) => Promise<Uint8Array> {
  const key = privateKey(keyFile);
  return (datagram) => signSubscription(datagram, (bytes) => sign(digest, bytes, key));
}

function privateKey(file: string): KeyObject {
  const name = `--subscribe-sign: ${file}`;
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (error) {
    throw new Error(`${name}: ${whyUnreadable(error)}`, { cause: error });
  }
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new Error(`${name} has no private key that can be read: expected PEM, without a passphrase`, {
      cause: error,
    });
  }
}
