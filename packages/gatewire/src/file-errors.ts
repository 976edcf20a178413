const REASONS: Readonly<Record<string, string | undefined>> = {
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EBADF: 'it is not open for that',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  ENOSPC: 'the disk is full',
  EROFS: 'nothing can be written there',
};

/** Why a file cannot be read, for people who have read its name. */
export function whyUnreadable(error: unknown): string {
  return reasonOf(error, 'there is no such file');
}

/** The same of a file that cannot be written. */
export function whyUnwritable(error: unknown): string {
  return reasonOf(error, 'its folder is not there, create it');
}

function reasonOf(error: unknown, missing: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? missing : REASONS[code];
  return reason === undefined ? message : `${reason} (${code})`;
}
