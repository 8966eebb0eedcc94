import { bringIn } from '../../activities/repository/commit/bring-in.ts';
import type { RepositoryEngine } from '../../activities/repository/engine.ts';
import type { BringInInput } from '../../contracts/repository/delegated.ts';
import { NO_MASK } from '../../core/text/mask.ts';
import { bareAt, type Change } from './bare.ts';
import { signal, type TestJob } from './task-host.ts';

/** What a job did that began with what the task `t` had done by then: a commit for each of the changes. */
export async function delegated(job: TestJob, id: string, changes: Record<string, Change>) {
  const begun = await job.commit('t', { title: 'So far: Change it' });
  const head_sha = bareAt(job.git_dir).commit(begun.head_sha, changes, `Work of ${id}`);
  const archived = {
    view: { title: `The job ${id}` },
    changes: { base_sha: begun.head_sha, head_sha, head_bundle: null },
  };
  const engine = {
    ...job.deps,
    mask: NO_MASK,
    store: { ...job.deps.store, readArchived: async () => archived },
  } as unknown as RepositoryEngine;
  const input: BringInInput = {
    ...{ at: job.at, task_id: 't', title: 'Change it', attempt: 1, agent: 'coder', lock_command: null },
    ...{ from_sha: job.at.base_sha, committed_at: '2026-01-02T03:04:05.678Z', delegated_job_id: id },
  };
  return {
    begun: begun.head_sha,
    head_sha,
    engine,
    input,
    /** with other parts of the host, where they are given */
    bring: (more: Partial<RepositoryEngine> = {}) => bringIn({ ...engine, ...more }, input, signal),
  };
}
