import type { RepositoriesConfig } from '../../contracts/repository/config.ts';
import type { ActivityDeps } from '../deps.ts';
import type { RepositoryCommandDeps } from './check/run-command.ts';
import type { DeliverDeps } from './deliver/deps.ts';
import { reachPoint } from './mirror/point.ts';
import { remoteAccess } from './remote/access.ts';

/** What all work with repositories on this host needs. */
export interface RepositoryEngine extends RepositoryCommandDeps, DeliverDeps {
  config: RepositoriesConfig;
  store: ActivityDeps['store'];
}

/** What of the worker's is needed for it. */
type EngineDeps = Pick<
  ActivityDeps,
  'config' | 'environment' | 'mirrors_dir' | 'work_dir' | 'store' | 'mask' | 'sandbox' | 'publish'
>;

export function repositoryEngine(deps: EngineDeps): RepositoryEngine {
  const { config, environment, mirrors_dir, work_dir, store, mask, sandbox, publish } = deps;
  const engine: RepositoryEngine = {
    ...{ mirrors_dir, work_dir, store, mask, sandbox },
    config: config.repositories,
    env: environment,
    limits: config.limits,
    command_timeout_seconds: config.repositories.check_timeout_seconds,
    network: { check: config.repositories.check_network, setup: config.repositories.setup_network },
    checks_at_once: config.repositories.checks_at_once,
    remoteAccess: remoteAccess(config.repositories, environment),
    on_line: ({ job_id, about, ...line }) =>
      publish({ kind: 'line', job_id, task_id: about, attempt: 1, ...line }),
    reachPoint: (at, signal) => reachPoint(engine, at, signal),
  };
  return engine;
}
