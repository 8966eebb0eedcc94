import { CancellationScope, ContinueAsNew } from '@temporalio/workflow';
import type { AgentKind } from '../../contracts/agent.ts';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { CommitInput, Committed, TaskRepository } from '../../contracts/repository/work.ts';
import { repositoryOnHost, short } from '../activities.ts';
import { isUnstarted, LIVE_POLLER_SECONDS } from '../unstarted.ts';
import type { Clock } from './clock.ts';
import type { Task, Work } from './context.ts';

/*
 * An attempt in a repository: its agent works in a clone of the task's own, the host commits what it left there, and the
 * job merges that. The attempt has succeeded when its work has landed. Its clock counts the agent's work only.
 */

/** Agents that work elsewhere: they fetch what they start from, and push what they did. */
const PUSHES: readonly AgentKind[] = ['human', 'http', 'task_queue'];

/**
 * Has the agent work in the task's clone, and hands in what it did. Where the job has no repository it only works.
 */
export async function inRepository(
  task: Task,
  request: AttemptRequest,
  clock: Clock,
  kind: AgentKind,
  work: () => Promise<Work>,
): Promise<Work> {
  const { repository } = task;
  if (!repository) return work();
  try {
    return await inClone(task, { ...request, agent_kind: kind }, repository, clock, work);
  } catch (error) {
    if (!(error instanceof HostLost)) throw error;
    const { message, host_id } = error;
    const outcome = { status: 'blocked' as const, reason: 'host_lost' as const, message, host_id };
    return { outcome, agent: request.agent, worker: null };
  }
}

async function inClone(
  task: Task,
  request: AttemptRequest,
  repository: TaskRepository,
  clock: Clock,
  work: () => Promise<Work>,
): Promise<Work> {
  const pushes = PUSHES.includes(request.agent_kind!);
  if (!pushes)
    await clock.pauseClock(() =>
      onHost(request, (host) => host.prepareClone(cloneOf(task, request, repository))),
    );
  const setAside = async () => {
    if (pushes || task.cancelled) return;
    const keep = () => clock.pauseClock(() => keepAside(task, request, repository));
    await CancellationScope.nonCancellable(keep);
  };
  const done = await work().catch(async (error: unknown) => {
    if (!(error instanceof ContinueAsNew)) await setAside();
    throw error;
  });
  const { status } = done.outcome;
  if (status === 'failed') await setAside();
  // one that is blocked or was cancelled goes on in its clone
  if (status !== 'completed') return done;
  return clock.pauseClock(() => handIn(task, request, repository, done, pushes ? 'pushed' : 'clone'));
}

async function handIn(
  task: Task,
  request: AttemptRequest,
  repository: TaskRepository,
  done: Work,
  source: CommitInput['source'],
): Promise<Work> {
  let committed = await commit(request, commitOf(request, repository, done.agent, source));
  for (;;) {
    const answer = await task.job.handIn(task.attempt, committed);
    if (answer.merge === 'landed') return done;
    if (answer.merge === 'pushed') {
      const at = { ...repository, at: answer.at };
      committed = await commit(request, commitOf(request, at, 'human', 'pushed'));
      continue;
    }
    const { at, error } = answer;
    task.repository = { ...repository, at, from_sha: at.head_sha };
    await task.job.takeSlot();
    return { ...done, outcome: { status: 'failed', error, artifacts: [] } };
  }
}

/** Nothing that an agent wrote is lost: what a failed attempt left is kept on a branch of its own. */
async function keepAside(task: Task, request: AttemptRequest, repository: TaskRepository): Promise<void> {
  // why the attempt failed matters more than that its work could not be kept: its clone stays
  const kept = await commit(request, commitOf(request, repository, request.agent, 'failed')).catch(
    () => null,
  );
  if (!kept || kept.head_sha === repository.from_sha) return;
  const { head_sha, files_changed, insertions, deletions } = kept;
  const data = { head_sha, files_changed, insertions, deletions, kept_aside: true };
  await task.job.report(task.attempt, 'task.committed', data);
}

const commit = (request: AttemptRequest, input: CommitInput): Promise<Committed> =>
  onHost(request, (host) => host.commitWork(input));

type OnHost = ReturnType<typeof repositoryOnHost>;

/** Does something where the mirror and the task's clone are. */
async function onHost<R>(request: AttemptRequest, run: (host: OnHost) => Promise<R>): Promise<R> {
  const { host_wait_seconds } = request;
  const host_id = request.host_id!;
  for (;;) {
    try {
      return await run(repositoryOnHost(host_id, request));
    } catch (error) {
      if (!isUnstarted(error)) throw error;
      // no worker took it in time: the host is gone, or merely busy
      const within_seconds = Math.min(host_wait_seconds, LIVE_POLLER_SECONDS);
      if (!(await short.isHostAlive({ host_id, within_seconds }))) throw new HostLost(host_id);
    }
  }
}

class HostLost extends Error {
  readonly host_id: string;
  constructor(hostId: string) {
    super(`the host ${hostId}, where the task works in the repository, is not there`);
    this.host_id = hostId;
  }
}

/** An agent that goes on in its conversation has its clone from before; one that starts over has a new one. */
function cloneOf(
  { thread }: Task,
  { task, attempt, no_commands }: AttemptRequest,
  { at, from_sha, setup_command, merging }: TaskRepository,
) {
  return {
    ...{ at, task_id: task.task_id, attempt, from_sha, setup_command },
    fresh: thread === null,
    ...(merging ? { merging } : {}),
    ...(no_commands ? { no_commands } : {}),
  };
}

const commitOf = (
  { task, attempt }: AttemptRequest,
  { at, from_sha, merging }: TaskRepository,
  agent: string | null,
  source: CommitInput['source'],
): CommitInput => ({
  ...{ at, task_id: task.task_id, title: task.title, attempt, from_sha, source },
  committed_at: new Date().toISOString(),
  agent: agent ?? 'unknown',
  ...(merging ? { merging } : {}),
});
