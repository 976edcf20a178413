import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/**
 * Seconds, such as `30` or `0.5`.
 *
 * @throws InvalidArgumentError when it is not that.
 */
export function parseSeconds(text: string): number {
  if (/^[0-9]+(?:\.[0-9]+)?$/.test(text) && Number(text) <= 2_000_000) return Number(text);
  throw new InvalidArgumentError('Expected seconds, 0 to 2000000, such as 30 or 0.5.');
}

/**
 * Bytes, with a unit as nginx writes them: `65536`, `64k`, `10m`, `1g`.
 *
 * @throws InvalidArgumentError when it is not that.
 */
export function parseBytes(text: string): number {
  const match = /^([0-9]{1,12})([kmg]?)$/i.exec(text);
  const bytes = match === null ? NaN : Number(match[1]) * UNITS[match[2].toLowerCase()];
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('Expected bytes, such as 65536, 64k, 10m or 1g.');
}

/**
 * A whole number of 1 or more.
 *
 * @throws InvalidArgumentError when it is not that.
 */
export function parseCount(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of 1 or more.');
}
