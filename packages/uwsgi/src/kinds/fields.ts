import { UwsgiProtocolError } from '../errors.js';

// Vars blocks whose names are known: a table of fields, and one encoder and one decoder for all tables.

/** Sort of the value, then the most characters of a text or the largest number, then what else holds. */
export type Field = readonly [sort: 'string' | 'number', most: number, rule?: 'required' | 'last'];
export type Fields = Readonly<Record<string, Field>>;
export type FieldValues = Record<string, string | number | undefined>;

/** 15 digits: exact in a double. */
export const MAX_NUMBER: number = 999_999_999_999_999;
export const TEXT: Field = ['string', 0xffff];
export const NUMBER: Field = ['number', MAX_NUMBER];

/** Digits only: uWSGI reads `1x`, `-1` and the like as some number, each reader another. */
const DIGITS = /^[0-9]{1,15}$/;

/**
 * The pairs of `values` in the order of `fields`; undefined is left out.
 *
 * @throws TypeError when a value is of the wrong sort or a required one is missing.
 * @throws RangeError when a text is empty or too long, a number not a whole one in its range.
 */
export function encodeFields(fields: Fields, values: Readonly<FieldValues>): string[] {
  const pairs: string[] = [];
  for (const [name, [sort, most, rule]] of Object.entries(fields)) {
    const value = values[name];
    if (value === undefined && rule !== 'required') continue;
    if (typeof value !== sort) throw new TypeError(`${name} is no ${sort}`);
    const size = typeof value === 'string' ? value.length || NaN : Number(value);
    if (!Number.isInteger(size) || size < 0 || size > most)
      throw new RangeError(`${name} is no ${sort} up to ${most}`);
    pairs.push(name, String(value));
  }
  return pairs;
}

/**
 * The values of `fields` in `pairs`. Other names are passed over; an empty value is no value; a name may come again
 * with the same value, as uWSGI sends `size` in a cache request.
 *
 * @throws UwsgiProtocolError `UWSGI_BAD_FIELD` at the pair, counted from `origin`, the offset of the block; at its end
 *   for a field that is missing.
 */
export function decodeFields(fields: Fields, pairs: readonly string[], origin: number): FieldValues {
  const values: FieldValues = {}; // keyed by names of `fields` only, none of which an object has already
  let at = origin;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i];
    const text = pairs[i + 1];
    if (text !== '' && Object.hasOwn(fields, name)) {
      const [sort, most, rule] = fields[name];
      const value = sort === 'string' ? text : DIGITS.test(text) ? Number(text) : NaN;
      const size = typeof value === 'string' ? value.length : value;
      if (!(size <= most)) throw badField(`${name} is no ${sort} up to ${most}`, at);
      if ((values[name] ?? value) !== value) throw badField(`${name} has two values`, at);
      if (rule === 'last' && i + 2 < pairs.length) throw badField(`${name} is not the last`, at);
      values[name] = value;
    }
    at += 4 + name.length + text.length;
  }
  for (const name of Object.keys(fields)) {
    if (fields[name][2] === 'required' && values[name] === undefined)
      throw badField(`${name} is missing`, at);
  }
  return values;
}

export function badField(detail: string, offset: number): UwsgiProtocolError {
  return new UwsgiProtocolError('UWSGI_BAD_FIELD', detail, offset);
}
