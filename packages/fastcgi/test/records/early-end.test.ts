// An application may answer and end a request before all of its body is there.
import { FcgiApplication } from '@gatewire/fastcgi';
import { ascii } from '@gatewire/testkit';
import { expect, test } from 'vitest';
import { feed, opened, POST, POST_PAIRS } from './run.js';
import { abort, begin, joined, params, stdin } from './wire.js';

test('an early end: the rest of the body is ignored, the id free at once', () => {
  const application = opened(joined(begin(1), params(1, ['CONTENT_LENGTH', '9'])));
  const long = stdin(1, ascii('nine bytes'.slice(0, 9)));
  expect(feed(application, long.subarray(0, 10)).map(({ kind }) => kind)).toEqual(['body']);
  application.end(1);
  expect(feed(application, long.subarray(10))).toEqual([]);
  expect(feed(application, joined(stdin(1), abort(1), begin(1), params(1, ['A', 'b'])))).toMatchObject([
    { kind: 'request', requestId: 1, pairs: ['A', 'b'] },
  ]);
});

test('an end in the middle of a chunk holds for the rest of the chunk', () => {
  const application = new FcgiApplication();
  application.receive(joined(POST, POST));
  expect(application.next()?.kind).toBe('request');
  application.end(1);
  expect(application.next()).toMatchObject({ kind: 'request', pairs: POST_PAIRS });
  expect(application.next()).toMatchObject({ kind: 'body' });
});

test('the end of one request leaves the record of another alone that is half here', () => {
  const application = opened(joined(begin(1), params(1, []), begin(2), params(2, [])));
  const half = stdin(2, ascii('0123456789'));
  expect(feed(application, half.subarray(0, 12))).toMatchObject([{ kind: 'body', data: ascii('0123') }]);
  application.end(1);
  expect(feed(application, joined(half.subarray(12), stdin(2)))).toEqual([
    { kind: 'body', requestId: 2, data: ascii('456789') },
    { kind: 'bodyEnd', requestId: 2 },
  ]);
});
