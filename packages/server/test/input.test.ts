import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyQueue } from '../src/body-queue.js';
import { ClientGone } from '../src/client.js';
import { WSGIInput } from '../src/input.js';
import { text } from './client.js';

/** An input over the given chunks, and what its flow was told. */
function inputOf(
  chunks: readonly string[],
  end = true,
): { input: WSGIInput; body: BodyQueue; flow: string[] } {
  const flow: string[] = [];
  const source = { pause: () => flow.push('pause'), resume: () => flow.push('resume') };
  const body = new BodyQueue(source, Infinity, () => undefined);
  for (const chunk of chunks) body.push(text(chunk));
  if (end) body.end();
  return { input: new WSGIInput(body), body, flow };
}

const show = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('wsgi.input', () => {
  test('read: exact sizes across chunks, then all of the rest, then nothing for ever', async () => {
    const { input } = inputOf(['ab', 'cde', 'f']);
    expect(show(await input.read(3))).toBe('abc');
    expect(show(await input.read(0))).toBe('');
    expect(show(await input.read())).toBe('def');
    expect(show(await input.read())).toBe('');
    expect(show(await input.read(1))).toBe('');
  });

  test('readline: LF included, across chunks, bounded by size, a last line without LF', async () => {
    const { input } = inputOf(['one\ntw', 'o\n\nlong line\ntail']);
    const lines: string[] = [];
    for (let i = 0; i < 3; i++) lines.push(show(await input.readline()));
    lines.push(show(await input.readline(4)), show(await input.readline()), show(await input.readline()));
    expect(lines).toEqual(['one\n', 'two\n', '\n', 'long', ' line\n', 'tail']);
    expect(show(await input.readline())).toBe('');
  });

  test('readlines: all, or until hint bytes have been read', async () => {
    expect((await inputOf(['a\nb\nc']).input.readlines()).map(show)).toEqual(['a\n', 'b\n', 'c']);
    expect((await inputOf(['a\nb\nc']).input.readlines(3)).map(show)).toEqual(['a\n', 'b\n']);
    expect((await inputOf(['a\nb\nc']).input.readlines(0)).map(show)).toEqual(['a\n', 'b\n', 'c']);
  });

  test('iteration gives chunks, beginning with what a read left over', async () => {
    const { input } = inputOf(['abc', 'de']);
    await input.read(1);
    const chunks: string[] = [];
    for await (const chunk of input) chunks.push(show(chunk));
    expect(chunks).toEqual(['bc', 'de']);
  });

  test('calls that are not awaited are served in order', async () => {
    const { input } = inputOf(['abcdef']);
    const parts = await Promise.all([input.read(1), input.readline(2), input.read(3)]);
    expect(parts.map(show)).toEqual(['a', 'bc', 'def']);
  });

  test('the flow stands still while nobody reads, and goes on when somebody waits', async () => {
    const { input, body, flow } = inputOf(['ab'], false);
    expect(flow).toEqual(['pause']);
    await input.read(2);
    const later = input.read(2);
    await Promise.resolve();
    body.push(text('cd'));
    expect(show(await later)).toBe('cd');
    expect(flow.filter((step) => step === 'pause')).toHaveLength(1);
    expect(flow.at(-1)).toBe('resume');
  });

  test('a client that goes: what came is read, then it is told', async () => {
    const { input, body } = inputOf(['ab'], false);
    body.fail(new ClientGone('gone'));
    expect(show(await input.read(2))).toBe('ab');
    await expect(input.read(1)).rejects.toThrow(ClientGone);
  });

  test('reading on when the response is complete is told too, not answered with an empty end', async () => {
    const { input, body } = inputOf([], false);
    body.discard();
    await expect(input.read()).rejects.toThrow('the response is complete');
  });

  test('two readers of one body are an error', async () => {
    const { body } = inputOf([], false);
    const first = body.read();
    await expect(body.read()).rejects.toThrow(TypeError);
    body.end();
    expect(await first).toBeNull();
  });

  test('any chunks, any sizes: the same bytes', async () => {
    const chunks = fc.array(
      fc.string({ minLength: 1, maxLength: 9, unit: fc.constantFrom('a', 'b', '\n') }),
      { maxLength: 9 },
    );
    await fc.assert(
      fc.asyncProperty(chunks, fc.array(fc.nat(7), { maxLength: 30 }), async (parts, sizes) => {
        const { input } = inputOf(parts);
        let got = '';
        for (const size of sizes)
          got += show(await (size % 2 === 0 ? input.read(size) : input.readline(size)));
        got += show(await input.read());
        expect(got).toBe(parts.join(''));
      }),
    );
  });
});
