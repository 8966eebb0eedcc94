import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes as base64url. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Keys and tokens are stored as their SHA-256 (hex): they are random, so no slow hash is needed. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
