import { GitError } from '../git/git.ts';
import type { RemoteAccess } from './access.ts';

/** Why a remote could not be reached, in words for a person. */
export interface RemoteProblem {
  message: string;
  /** whether another try may go better */
  retryable: boolean;
}

interface Known {
  pattern: RegExp;
  retryable: boolean;
  /** goes on from the address */
  says: string;
}

const KNOWN: readonly Known[] = [
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    retryable: false,
    says: 'shows a key that known_hosts_file of its entry in repositories.hosts does not have. If it is the right one, add it there (ssh-keyscan prints it)',
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|bad permissions/i,
    retryable: false,
    says: 'was not asked: others may read the file ssh_key_file of its entry in repositories.hosts. Make it readable for the worker alone (chmod 600)',
  },
  {
    pattern: /Load key .*(invalid format|error in libcrypto|incorrect passphrase)/i,
    retryable: false,
    says: 'was not reached: the file ssh_key_file of its entry in repositories.hosts is no private key without a passphrase',
  },
  {
    pattern: /Permission denied \(|Too many authentication failures/i,
    retryable: false,
    says: 'does not take the key ssh_key_file of its entry in repositories.hosts. Add its public half to an account that may reach the repository',
  },
  {
    pattern: /Authentication failed|could not read (Username|Password)|returned error: 401/i,
    retryable: false,
    says: 'wants a token, or does not take the one that token_env of its entry in repositories.hosts names. Set a valid one for the worker',
  },
  {
    pattern: /returned error: 403/i,
    retryable: false,
    says: 'does not allow this to the token that token_env of its entry in repositories.hosts names. Give it the right to read, and for pushes to write, the contents of the repository',
  },
  {
    pattern:
      /repository '.*' not found|returned error: 404|does not appear to be a git repository|Repository not found|project you were looking for could not be found/i,
    retryable: false,
    says: 'has no such repository, or none that the configured token or key may see. Look at the address, and at what the token or key is for',
  },
  {
    pattern: /returned error: 30[1278]|unable to update url base from redirection/i,
    retryable: false,
    says: 'answers with another address. Redirects are not followed, since the token would go along: use the address that the repository has now',
  },
  {
    pattern: /certificate|SSL|TLS/,
    retryable: false,
    says: 'has a certificate that this machine does not trust',
  },
  {
    pattern: /Could not resolve host|Name or service not known|name resolution/i,
    retryable: true,
    says: 'is not known to this machine by that name. Look at the address, and at the network',
  },
  {
    pattern:
      /Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|No route to host|Network is unreachable|Operation too slow|early EOF|hung up unexpectedly|RPC failed|returned error: (429|5\d\d)/i,
    retryable: true,
    says: 'can not be reached now, or broke the connection off',
  },
];

/** What a failed call of git that reached for a remote means. What is not known is told as git said it. */
export function remoteProblem(error: unknown, { url }: Pick<RemoteAccess, 'url'>): RemoteProblem {
  if (!(error instanceof GitError)) {
    return { message: error instanceof Error ? error.message : String(error), retryable: false };
  }
  if (error.code === null) return { message: `${url}: ${error.message}.`, retryable: true };
  const known = KNOWN.find(({ pattern }) => pattern.test(error.stderr));
  if (known === undefined) return { message: `${url}: ${error.message}`, retryable: true };
  return { message: `${url} ${known.says}.${serverSaid(error.stderr)}`, retryable: known.retryable };
}

/** What the other side said in its own words, on one line: ` It says: ...`. Empty for nothing. */
export function serverSaid(stderr: string): string {
  const said = stderr
    .split(/[\n\r]/)
    .filter((line) => line.startsWith('remote:'))
    .map((line) =>
      line
        .slice('remote:'.length)
        .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .join(' ')
    .slice(0, SAID_CHARS);
  return said === '' ? '' : ` It says: ${said}`;
}

const SAID_CHARS = 1000;
