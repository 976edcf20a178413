import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@gatewire/testkit';
import type { TempDir } from '@gatewire/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openAccessSink } from '../src/access-sink.js';

let directory: TempDir;
let errors: string[];

beforeEach(async () => {
  directory = await makeTempDir('gatewire-sink');
  errors = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  await directory.remove();
});

const open = (target: string): ReturnType<typeof openAccessSink> =>
  openAccessSink(target, (error) => errors.push((error as NodeJS.ErrnoException).code ?? error.message));

test('none is nowhere', async () => {
  expect(await open('none')).toBe(null);
});

test('a file is appended to, and opened anew under its name', async () => {
  const path = join(directory.path, 'log');
  const sink = await open(path);
  sink?.write('one\n');
  await rename(path, `${path}.1`);
  sink?.write('two\n');
  await sink?.reopen();
  sink?.write('three\n');
  await sink?.close();
  const files = [`${path}.1`, path].map((name) => readFile(name, 'utf8'));
  expect(await Promise.all(files)).toEqual(['one\ntwo\n', 'three\n']);
  expect(errors).toEqual([]);
});

test('a folder that is gone: the error is told, and the old file goes on', async () => {
  const path = join(directory.path, 'log');
  const sink = await open(path);
  await rm(directory.path, { recursive: true });
  await sink?.reopen();
  expect(errors).toEqual(['ENOENT']);
  sink?.write('still');
  await sink?.close();
  expect(errors).toEqual(['ENOENT']);
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is told once, and ends the log until it is opened again',
  async () => {
    const sink = await open('/dev/full');
    sink?.write('one\n');
    await expect.poll(() => errors).toEqual(['ENOSPC']);
    sink?.write('two\n');
    await sink?.reopen();
    sink?.write('three\n');
    await expect.poll(() => errors).toEqual(['ENOSPC', 'ENOSPC']);
    await sink?.close();
  },
);

test('stdout is neither opened nor closed', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((_text, done?: unknown) => {
    if (typeof done === 'function') (done as () => void)();
    return true;
  });
  const end = vi.spyOn(process.stdout, 'end');
  const sink = await open('-');
  sink?.write('line\n');
  await sink?.reopen();
  await sink?.close();
  expect(write.mock.calls.map(([text]) => text)).toEqual(['line\n', '']);
  expect(end).not.toHaveBeenCalled();
});
