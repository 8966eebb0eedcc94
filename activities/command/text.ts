/**
 * Decodes UTF-8 for people, JSON and databases: invalid bytes and NUL, which PostgreSQL's text can't hold, become
 * U+FFFD.
 */
export function toText(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '\uFFFD');
}

/** The largest length up to `limit` that doesn't cut a character of `bytes` in two. */
export function wholeCharacters(bytes: Buffer, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  for (let end = limit; end > 0 && end > limit - 4; end--) {
    if (!isContinuation(bytes[end])) return end;
  }
  return limit; // not UTF-8
}

/** Where the first whole character begins. */
export function firstCharacter(bytes: Buffer): number {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start++;
  return start;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
