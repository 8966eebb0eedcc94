import { newRepositoryState } from '../../../core/repository/state.ts';
import type { Job } from '../context.ts';
import { interruptible } from '../model.ts';
import { isChecked, messageOf, onRepositoryHost } from './on-host.ts';

/** Time to fetch a repository for the first time. */
const FETCH_SECONDS = 3600;

/**
 * Fetches the repository and pins its base, before anything is planned. A job without one is left alone; one whose
 * repository can't be had fails.
 */
export async function openRepository(job: Job): Promise<void> {
  const { state } = job;
  const { job_id, owner, spec } = state;
  if (!spec.repository) return;
  const { location, base_branch, commands, deliver, from } = spec.repository;
  // the clone that it begins from is there, and so is the mirror
  if (from && !state.repository) state.host_id ??= from.host_id;
  state.repository ??= newRepositoryState(job_id, spec.repository);
  const { repository } = state;
  if (repository.base) return;
  try {
    const about = `${spec.title}\n\n${spec.description}`;
    const input = {
      ...{ job_id, owner, location, base_branch, commands, deliver, about },
      ...(from ? { from } : {}),
    };
    const opened = await interruptible(job, () =>
      onRepositoryHost(job, (host) => host.openRepository(input), FETCH_SECONDS),
    );
    if (!opened) return;
    const { base_sha, base_bundle, overview_ref, origin_sha, warnings } = opened;
    repository.base = {
      ...{ branch: opened.base_branch, sha: base_sha, bundle: base_bundle, overview_ref },
      ...(origin_sha ? { origin_sha } : {}),
    };
    if (opened.sandbox) state.sandbox ??= opened.sandbox;
    repository.commands = opened.commands;
    repository.deliver = opened.deliver;
    repository.check_timeout_seconds = opened.check_timeout_seconds;
    repository.head_sha = base_sha;
    if (!isChecked(job)) repository.base_check.status = 'none';
    state.warnings.push(...warnings);
    const { check, setup, lock } = opened.commands;
    const found = { check: check.command, setup: setup.command, lock: lock.command };
    const data = { url: location, base_branch: opened.base_branch, base_sha, ...found };
    job.emit([{ type: 'repository.prepared', data }]);
  } catch (error) {
    const message = `the repository cannot be worked in: ${messageOf(error)}`;
    state.ending ??= { status: 'failed', error: { code: 'repository', message } };
    job.touch();
  }
}
