import { isCancellation } from '@temporalio/workflow';
import type { BringInInput, BroughtIn } from '../../contracts/repository/delegated.ts';
import type { RepositorySpec } from '../../contracts/repository/spec.ts';
import { attemptError } from '../model-call.ts';
import { commit, commitOf, HostLost, onHost } from './repository.ts';
import type { ToolUser } from './tool-user.ts';

/*
 * Work in a repository that an agent has others do: they begin with what it has done, and what they did comes into its clone.
 * Loaded by tasks of jobs with a repository only.
 */

/** Commits what the agent has done so far; gives where the others begin, or why it can't be committed. */
export async function handOver({
  task,
  request,
  thread,
  clock,
}: ToolUser): Promise<RepositorySpec | { refused: string }> {
  const repository = task.repository!;
  const { at, setup_command: setup, check_command: check, lock_command: lock } = repository;
  const input = commitOf(request, repository, thread.call.agent, 'clone');
  const made = await told(
    clock.pauseClock(() => commit(request, { ...input, title: `So far: ${input.title}` })),
  );
  if ('refused' in made) return made;
  const { head_sha, bundle_ref } = made;
  return {
    location: at.location,
    base_branch: at.base_branch,
    commands: { setup, check, ...(lock === undefined ? {} : { lock }) },
    avoid_conflicts: true,
    deliver: null,
    from: { at, task_id: request.task.task_id, head_sha, bundle_ref, host_id: request.host_id! },
  };
}

/** Brings what they did into the agent's clone, once their job has ended. */
export async function takeBack(
  { task, request, thread, clock }: ToolUser,
  delegated_job_id: string,
): Promise<BroughtIn> {
  const repository = task.repository!;
  const { at, task_id, title, attempt, from_sha, committed_at, agent } = commitOf(
    request,
    repository,
    thread.call.agent,
    'clone',
  );
  const { lock_command = null } = repository;
  const input: BringInInput = {
    ...{ at, task_id, title, attempt, from_sha, committed_at, agent, delegated_job_id, lock_command },
    ...(request.no_commands ? { no_commands: true } : {}),
  };
  const made = await told(clock.pauseClock(() => onHost(request, (host) => host.bringIn(input))));
  return 'refused' in made ? { status: 'failed', message: made.refused } : made;
}

/** What goes wrong is for the agent to know, but for a host that is lost: its task has to begin elsewhere. */
async function told<R extends object>(work: Promise<R>): Promise<R | { refused: string }> {
  try {
    return await work;
  } catch (error) {
    if (isCancellation(error) || error instanceof HostLost) throw error;
    return { refused: attemptError(error).message };
  }
}
