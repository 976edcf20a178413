import { createHash } from 'node:crypto';
import { FcgiWebServer } from '@gatewire/fastcgi';
import { ResponseHeadDecoder } from '@gatewire/fastcgi/cgi';
import { listFixtures, loadFixture, recordedChunks } from '@gatewire/fixtures';
import type { ExpectedAnswer } from '@gatewire/fixtures';
import { bytewise, drain, randomCuts } from '@gatewire/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

// What real applications answered. What it has to be decoded to is in the sidecars; no codec wrote it.

/** The head and the body in the terms of the sidecar. */
function responseIn(chunks: Iterable<Uint8Array>): ExpectedAnswer {
  const { events, error } = drain(new ResponseHeadDecoder(), chunks);
  if (error !== null) throw error as Error;
  const [first] = events;
  if (first.kind !== 'head') throw new Error(`begins with ${first.kind}`);
  const body = events.flatMap((event) => (event.kind === 'body' ? [event.data] : []));
  const { form, status, headers } = first;
  return {
    form,
    status,
    headers: headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]] as const] : [])),
    bodyBytes: body.reduce((sum, { length }) => sum + length, 0),
    bodySha256: createHash('sha256').update(Buffer.concat(body)).digest('hex'),
  };
}

/** What a web server makes of a FastCGI connection on which it has asked so many questions. */
function answersIn(chunks: Iterable<Uint8Array>, questions: number): unknown[] {
  const server = new FcgiWebServer({ bodyWithoutLength: 'accept' });
  const ask = (): void => {
    const id = server.begin(1, 1);
    server.params(id, ['REQUEST_METHOD', 'GET']);
    server.stdinEnd(id);
  };
  const answers: unknown[] = [];
  let stdout: Uint8Array[] = [];
  let [stderr, stdoutEnd] = ['', false];
  ask();
  for (const chunk of chunks) {
    server.receive(chunk);
    for (let event = server.next(); event !== null; event = server.next()) {
      if (event.kind === 'stdout') stdout.push(event.data.slice());
      else if (event.kind === 'stderr') stderr += Buffer.from(event.data).toString('latin1');
      else if (event.kind === 'stdoutEnd') stdoutEnd = true;
      else if (event.kind === 'end') {
        const { requestId, appStatus, protocolStatus } = event;
        const answer = responseIn(stdout);
        answers.push({ requestId, ...answer, stderr, appStatus, protocolStatus, stdoutEnd });
        [stdout, stderr, stdoutEnd] = [[], '', false];
        if (answers.length < questions) ask();
      }
    }
  }
  server.finish();
  return answers;
}

test('there are answers of five programs, with stderr, app status and several on a connection', () => {
  const programs = listFixtures({ protocol: 'fastcgi', direction: 'answer' }).map((name) =>
    name.replace(/^fastcgi\/([a-z-]+?)-\d.*/, '$1'),
  );
  expect([...new Set(programs)].sort()).toEqual(['fcgiwrap', 'go', 'libfcgi', 'php-fpm', 'uwsgi']);
  for (const feature of ['stderr', 'app-status', 'several', 'repeated-name', 'large-body'] as const)
    expect(listFixtures({ direction: 'answer', feature }).length, feature).toBeGreaterThan(0);
});

describe.each(listFixtures({ protocol: 'fastcgi', direction: 'answer' }))('%s', (name) => {
  const fixture = loadFixture(name);
  const { bytes, sidecar } = fixture;
  const { answers } = sidecar.expected;

  test('whole, byte by byte, at the recorded reads, at random cuts', () => {
    expect(answersIn([bytes], answers.length)).toEqual(answers);
    expect(answersIn(bytewise(bytes), answers.length)).toEqual(answers);
    expect(answersIn(recordedChunks(fixture), answers.length)).toEqual(answers);
    fc.assert(
      fc.property(randomCuts(bytes), (chunks) => {
        expect(answersIn(chunks, answers.length)).toEqual(answers);
      }),
      { numRuns: bytes.length > 10_000 ? 5 : 20 },
    );
  });
});

describe.each(listFixtures({ protocol: 'uwsgi', direction: 'answer' }))('%s', (name) => {
  const fixture = loadFixture(name);
  const { bytes, sidecar } = fixture;

  test('whole, byte by byte, at the recorded reads, at random cuts', () => {
    expect(responseIn([bytes])).toEqual(sidecar.expected);
    expect(responseIn(bytewise(bytes))).toEqual(sidecar.expected);
    expect(responseIn(recordedChunks(fixture))).toEqual(sidecar.expected);
    fc.assert(
      fc.property(randomCuts(bytes), (chunks) => {
        expect(responseIn(chunks)).toEqual(sidecar.expected);
      }),
      { numRuns: bytes.length > 10_000 ? 5 : 20 },
    );
  });
});
