import { createHash, randomBytes } from 'node:crypto';
import { ProblemError } from '../../contracts/error.ts';

/**
 * The id of a job: `j` and 19 letters or digits. From owner and idempotency key where there is a key, so that the
 * same key always names the same job; random otherwise.
 */
export function newJobId(owner: string, key: string | undefined): string {
  const bytes =
    key === undefined
      ? randomBytes(20)
      : createHash('sha256').update(`${owner}\0${key}`).digest().subarray(0, 20);
  return `j${base32(bytes).slice(0, 19)}`;
}

/** The id of one command to one job or task: the same for a repetition under the same key. */
export function requestId(parts: {
  owner: string;
  key: string | undefined;
  command: string;
  target: string;
}): string {
  const key = parts.key ?? randomBytes(16).toString('hex');
  return createHash('sha256')
    .update([parts.owner, key, parts.command, parts.target].join('\0'))
    .digest('hex');
}

/** The value of `Idempotency-Key`, if there is one. Throws a ProblemError for one that is no key. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(header)) return header;
  throw new ProblemError({
    code: 'validation',
    message: 'The idempotency key is not valid.',
    fields: [{ path: 'Idempotency-Key', issue: 'use 1 to 255 printable ASCII characters' }],
  });
}

/** RFC 4648 base 32, lower case, without padding. */
function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >> bits) & 31];
    }
  }
  return text;
}
