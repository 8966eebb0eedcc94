import type { Role } from '../../contracts/access.ts';
import { ProblemError } from '../../contracts/error.ts';

/**
 * Throws `forbidden` for a webhook that is to be signed with a `${secret:NAME}` on behalf of anybody but an admin: these
 * are secrets of the service, and what is signed with one is believed wherever it is. While no key was ever made
 * everybody is an admin.
 * @param path of the field that names it
 */
export function checkSigningSecret(secret: string | undefined, role: Role, path: string): void {
  if (secret === undefined || role === 'admin') return;
  const issue =
    "needs an admin's key; leave it out to sign with your own secret, which GET /webhooks/secret shows";
  throw new ProblemError({
    code: 'forbidden',
    message: "With API keys in force, using secrets of the service needs an admin's key; nothing was done.",
    fields: [{ path, issue }],
  });
}
