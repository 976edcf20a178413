import { expect, test } from 'vitest';
import { UWSGI_KINDS, UWSGI_MODIFIER } from '@gatewire/uwsgi/kinds';

// uwsgi.h of 2.0.21: `uwsgi --dot-h | grep 'define UWSGI_MODIFIER'`.
test('the names and numbers of the header file', () => {
  expect(UWSGI_MODIFIER).toMatchObject({
    ADMIN_REQUEST: 10,
    SPOOL_REQUEST: 17,
    EVAL: 22,
    FASTFUNC: 26,
    MANAGE_PATH_INFO: 30,
    MESSAGE: 31,
    MESSAGE_ARRAY: 32,
    MESSAGE_MARSHAL: 33,
    MULTICAST_ANNOUNCE: 73,
    MULTICAST: 74,
    PING: 100,
    RESPONSE: 255,
  });
});

test('every number that is defined somewhere has a row, in order', () => {
  const defined = [
    0, 5, 6, 7, 8, 9, 10, 11, 14, 15, 17, 18, 19, 22, 23, 24, 25, 26, 27, 28, 30, 31, 32, 33, 35, 48, 72, 73,
    74, 95, 96, 97, 98, 99, 100, 101, 109, 110, 111, 115, 173, 200, 224, 250, 255,
  ];
  expect([...new Set(UWSGI_KINDS.map((kind) => kind.modifier1))]).toEqual(defined);
});

test('what is documented without code behind it', () => {
  const numbers = UWSGI_KINDS.filter((kind) => kind.documentedOnly).map((kind) => kind.modifier1);
  expect(numbers).toEqual([10, 22, 26, 31, 32, 33, 73, 74, 95, 96, 97, 98, 99, 200]);
});

test('where datasize is not the size of all that follows', () => {
  const kinds = UWSGI_KINDS.filter((kind) => !['payload', 'vars'].includes(kind.datasize));
  expect(kinds.map((kind) => [kind.name, kind.modifier1, kind.modifier2, kind.datasize])).toEqual([
    ['FORKPTY_ROWS', 0, 100, 'value'],
    ['FORKPTY_COLUMNS', 0, 101, 'value'],
    ['SNMP', 48, undefined, 'absent'],
    ['HTTP_RESPONSE', 72, undefined, 'absent'],
    ['LEGION', 109, undefined, 'clear'],
    ['CACHE_STREAM', 111, 5, 'unframed'],
    ['CACHE_DUMP_REPLY', 111, 7, 'unframed'],
    ['SUBSCRIPTION', 224, undefined, 'ignored'],
  ]);
});

test('a body follows the vars of web requests, of cache messages and of large results', () => {
  const kinds = UWSGI_KINDS.filter((kind) => kind.datasize === 'vars');
  expect(kinds.every((kind) => kind.body === 'vars')).toBe(true);
  expect([...new Set(kinds.map((kind) => kind.modifier1))]).toEqual([
    0, 5, 6, 7, 8, 9, 11, 14, 15, 18, 19, 23, 24, 25, 27, 28, 30, 35, 111, 173, 250,
  ]);
});

test('one row in full', () => {
  expect(UWSGI_KINDS.find((kind) => kind.name === 'CACHE')).toEqual({
    name: 'CACHE',
    modifier1: 111,
    modifier2: 17,
    directions: ['request', 'reply'],
    body: 'vars',
    datasize: 'vars',
    documentedOnly: false,
  });
});

test('every row is made of the words that its type lists', () => {
  const words = {
    directions: ['request', 'reply', 'datagram'],
    body: ['vars', 'array', 'bytes', 'none'],
    datasize: ['payload', 'vars', 'unframed', 'clear', 'ignored', 'value', 'absent'],
  };
  for (const { name, modifier1, directions, body, datasize } of UWSGI_KINDS) {
    expect(UWSGI_MODIFIER[name]).toBe(modifier1);
    expect(directions.every((direction) => words.directions.includes(direction))).toBe(true);
    expect(words.body).toContain(body);
    expect(words.datasize).toContain(datasize);
  }
});
