import type { FileLike, FileWrapper, WSGIBody } from '@gatewire/interfaces';

const BLOCK_BYTES = 65_536;

/**
 * `wsgi.file_wrapper` (PEP 3333, "Optional Platform-Specific File Handling"): blocks of a file from where it stands to its
 * end, each read when the one before it is sent; the file is closed with the body. There is nothing faster than that to
 * do: Node has no sendfile.
 */
export const fileWrapper: FileWrapper = (file, blockSize = BLOCK_BYTES): WSGIBody => ({
  [Symbol.asyncIterator]: () => blocksOf(file, blockSize),
  close: () => file.close?.(),
});

async function* blocksOf(file: FileLike, blockSize: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const block = await file.read(blockSize);
    if (block.length === 0) return;
    yield block;
  }
}
