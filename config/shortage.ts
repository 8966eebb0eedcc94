/** Of the system, see errno(3): no room, no more files, memory or processes, a disk that fails or may only be read. */
const SYSTEM = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/** Of SQLite, https://www.sqlite.org/rescode.html: busy, locked, no memory, read-only, I/O error, full, can't be opened. */
const SQLITE = new Set([5, 6, 7, 8, 10, 13, 14]);

/** Of PostgreSQL: too few resources, a lock not got in time, read-only for the moment (a disk that is full, a standby). */
const POSTGRES = /^(53|55P03|25006)/;

/**
 * Whether an error only says that this machine, or the database, is short of something for now (room on the disk, open
 * files, a lock that another holds): what failed of it works again later, unchanged.
 */
export function isShortage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && typeof error.errcode === 'number' && SQLITE.has(error.errcode & 0xff))
    return true;
  if ('code' in error && typeof error.code === 'string') {
    if (SYSTEM.has(error.code) || POSTGRES.test(error.code)) return true;
  }
  return error.cause !== undefined && isShortage(error.cause);
}
