import { isGitRecent, NEEDED_GIT } from '../../../core/repository/git-version.ts';
import { repositoryFailure } from '../failures.ts';
import { gitText } from './git.ts';

let found: string | undefined;

/** @throws RepositoryRefused where git is missing or too old: what protects from hostile repositories came with that version */
export async function requireGit(signal: AbortSignal): Promise<void> {
  found ??= await gitText(['version'], { cwd: '/', signal });
  if (isGitRecent(found)) return;
  const message = `The worker has ${found}, and needs git ${NEEDED_GIT} or later to work in repositories. Install it on its host.`;
  throw repositoryFailure('RepositoryRefused', message);
}
