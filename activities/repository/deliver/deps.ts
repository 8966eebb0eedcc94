import type { RepositoriesConfig } from '../../../contracts/repository/config.ts';
import type { RepositoryPoint } from '../../../contracts/repository/work.ts';
import type { RemoteAccess } from '../remote/access.ts';

/** What delivery works with. */
export interface DeliverDeps {
  config: Pick<RepositoriesConfig, 'roots' | 'hosts'>;
  /** with the tokens that the configuration names */
  env: Readonly<Record<string, string | undefined>>;
  /** @throws LocationRefused */
  remoteAccess(location: string): RemoteAccess;
  /** The mirror of the job's repository on this host, with all of that state in it. */
  reachPoint(at: RepositoryPoint, signal: AbortSignal): Promise<{ git_dir: string }>;
  /** of a push, and of copying into a path; default 600 */
  git_seconds?: number;
  /** of one call of a hosting API; default 30 */
  api_seconds?: number;
}

export const GIT_SECONDS = 600;
export const API_SECONDS = 30;
