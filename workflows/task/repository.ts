import { CancellationScope, ContinueAsNew } from '@temporalio/workflow';
import type { AgentKind } from '../../contracts/agent.ts';
import type { AttemptRequest, HandedIn } from '../../contracts/attempt.ts';
import type { CommitInput, Committed, KeptAside, TaskRepository } from '../../contracts/repository/work.ts';
import { repositoryOnHost } from '../activities.ts';
import { attemptError } from '../model-call.ts';
import { isHostThere, isUnstarted } from '../unstarted.ts';
import type { Clock } from './clock.ts';
import type { Task, Work } from './context.ts';

/*
 * An attempt in a repository: its agent works in a clone of the task's own, the host commits what it left there, and the
 * job merges that. The attempt has succeeded when its work has landed. Its clock counts the agent's work only.
 */

/** Agents that work elsewhere: they fetch what they start from, and push what they did. */
const PUSHES: readonly AgentKind[] = ['human', 'http', 'task_queue'];

/** Has the agent work in the task's clone, and hands in what it did. */
export async function inRepository(...given: Parameters<typeof inClone>): Promise<Work> {
  const [, request] = given;
  try {
    return await inClone(...given);
  } catch (error) {
    if (!(error instanceof HostLost)) throw error;
    const { message, host_id } = error;
    const outcome = { status: 'blocked' as const, reason: 'host_lost' as const, message, host_id };
    return { outcome, agent: request.agent, worker: null };
  }
}

/** Waits for what becomes of work that was handed in before the job was reset. */
export function waitOn(task: Task, request: AttemptRequest, handed: HandedIn, clock: Clock): Promise<Work> {
  return clock.pauseClock(() => untilMerged(task, request, task.repository!, handed));
}

async function inClone(
  task: Task,
  request: AttemptRequest,
  repository: TaskRepository,
  clock: Clock,
  work: (request: AttemptRequest) => Promise<Work>,
): Promise<Work> {
  const pushes = PUSHES.includes(request.agent_kind!);
  const told = pushes ? repository : await clock.pauseClock(() => prepare(task, request, repository));
  const setAside = async () => {
    if (pushes || task.cancelled) return;
    const keep = () => clock.pauseClock(() => keepAside(task, request, repository));
    await CancellationScope.nonCancellable(keep);
  };
  const done = await work({ ...request, repository: told }).catch(async (error: unknown) => {
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
  const committed = await commit(request, commitOf(request, repository, done.agent, source));
  const { outcome } = done;
  if (outcome.status !== 'completed') return done;
  return await untilMerged(task, request, repository, { work: { ...done, outcome }, committed });
}

async function untilMerged(
  task: Task,
  request: AttemptRequest,
  repository: TaskRepository,
  { work, committed: first }: HandedIn,
): Promise<Work> {
  for (let committed = first; ; ) {
    task.handed_in = { work, committed };
    const answer = await task.job.handIn(task.attempt, committed);
    if (answer.merge === 'landed') return work;
    if (answer.merge === 'pushed') {
      committed = await takePushed(request, { ...repository, at: answer.at }, committed);
      continue;
    }
    const { at, error } = answer;
    task.handed_in = null;
    task.repository = { ...repository, at, from_sha: at.head_sha };
    await task.job.takeSlot();
    return { ...work, outcome: { status: 'failed', error, artifacts: [] } };
  }
}

/** What a person pushed in the place of work that does not merge; that work again, with the reason, where there is nothing to take. */
async function takePushed(
  request: AttemptRequest,
  repository: TaskRepository,
  before: Committed,
): Promise<Committed> {
  const refused = (why: string) => ({ ...before, warnings: [...before.warnings, why] });
  try {
    const pushed = await commit(request, commitOf(request, repository, 'human', 'pushed'));
    if (pushed.head_sha !== repository.from_sha) return pushed;
    return refused('it was said to be resolved, but nothing was pushed: push what brings the two together');
  } catch (error) {
    const { code, message } = attemptError(error);
    if (code !== 'bundle_refused') throw error;
    return refused(message);
  }
}

/** Makes the task's clone; gives what the agent is told, with the repository's own instructions. */
async function prepare(
  task: Task,
  request: AttemptRequest,
  repository: TaskRepository,
): Promise<TaskRepository> {
  const { instructions_ref, left } = await onHost(request, (host) =>
    host.prepareClone(cloneOf(task, request, repository)),
  );
  if (left) await tellKept(task, left);
  return instructions_ref === null ? repository : { ...repository, instructions_ref };
}

/** Nothing that an agent wrote is lost: what a failed attempt left is kept on a branch of its own. */
async function keepAside(task: Task, request: AttemptRequest, repository: TaskRepository): Promise<void> {
  // why the attempt failed matters more than that its work could not be kept: its clone stays
  const kept = await commit(request, commitOf(request, repository, request.agent, 'failed')).catch(
    () => null,
  );
  if (kept && kept.head_sha !== repository.from_sha) await tellKept(task, kept);
}

function tellKept(task: Task, kept: KeptAside): Promise<void> {
  const { head_sha, files_changed, insertions, deletions, bundle_ref } = kept;
  const data = { head_sha, files_changed, insertions, deletions, kept_aside: true, bundle_ref };
  return task.job.report(task.attempt, 'task.committed', data);
}

/** Has the host commit what a task has done. */
export const commit = (request: AttemptRequest, input: CommitInput): Promise<Committed> =>
  onHost(request, (host) => host.commitWork(input));

type OnHost = ReturnType<typeof repositoryOnHost>;

/** Does something where the mirror and the task's clone are. Throws {@link HostLost}. */
export async function onHost<R>(request: AttemptRequest, run: (host: OnHost) => Promise<R>): Promise<R> {
  const host_id = request.host_id!;
  for (;;) {
    try {
      return await run(repositoryOnHost(host_id, request));
    } catch (error) {
      if (!isUnstarted(error)) throw error;
      // no worker took it in time: the host is gone, or merely busy
      if (!(await isHostThere(host_id, request.host_wait_seconds))) throw new HostLost(host_id);
    }
  }
}

export class HostLost extends Error {
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
    ...(task.files.length > 0 ? { files: task.files } : {}),
    ...(merging ? { merging } : {}),
    ...(no_commands ? { no_commands } : {}),
  };
}

/** What is committed of a task. */
export const commitOf = (
  { task, attempt, handed }: AttemptRequest,
  { at, from_sha, merging }: TaskRepository,
  agent: string | null,
  source: CommitInput['source'],
): CommitInput => ({
  ...{ at, task_id: task.task_id, title: task.title, attempt, from_sha, source },
  committed_at: new Date().toISOString(),
  agent: agent ?? 'unknown',
  ...(merging ? { merging } : {}),
  // what a person pushed once, they may hand in again
  ...(source === 'pushed' && !handed && agent !== 'human' ? { of_attempt: true as const } : {}),
});
