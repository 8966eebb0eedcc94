import { ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import {
  type Answered,
  isWanted,
  narrowCandidate,
  putCandidateBack,
  queueWork,
  takeCandidate,
} from '../../../core/repository/queue.ts';
import { workFailed, workLanded } from '../../../core/repository/settle-candidate.ts';
import type { QueuedWork } from '../../../core/repository/state.ts';
import { tendConflicts, workConflicts } from '../../../core/repository/tend-conflicts.ts';
import { mergesStuck } from '../../../core/repository/trouble.ts';
import { plannedTasks } from '../../../core/state/job-state.ts';
import { textChars } from '../../../core/text/weight.ts';
import type { Children } from '../children.ts';
import { type Job, now } from '../context.ts';
import { isChecked, messageOf, onRepositoryHost, pointNow, runCheck } from './on-host.ts';

/** The merge queue of a job at work: one candidate at a time is merged, checked and landed, beside the tasks. */
export interface Merges {
  /** tells tasks what people decided, and begins with the next candidate, where there is one and none is under way */
  step(): void;
  /** whether a candidate is under way */
  busy(): boolean;
  /** ends what is under way; its parts wait again */
  stop(): Promise<void>;
}

export function mergesOf(job: Job, children: Children): Merges {
  const { state } = job;
  let underWay: { scope: CancellationScope; done: Promise<void> } | null = null;
  // one that an earlier run had under way is begun anew
  if (state.repository) putCandidateBack(state);

  const begin = (parts: QueuedWork[]) => {
    const scope = new CancellationScope({ cancellable: true });
    const done = scope
      .run(() => mergeParts(job, children, parts))
      .then(() => {
        state.repository!.trouble = null;
      })
      .catch((error: unknown) => {
        // the host changed in between: it is merged again there
        if (isCancellation(error) || isMissing(error)) return;
        job.emit(mergesStuck(state, messageOf(error), now()));
      })
      .finally(() => {
        putCandidateBack(state);
        underWay = null;
        job.touch();
      });
    underWay = { scope, done };
  };

  return {
    step() {
      if (!state.repository) return;
      for (const { task_id, answer } of state.repository.answers.splice(0))
        children.answerMerge(task_id, answer);
      if (!state.ending) say(job, children, tendConflicts(state, now()));
      if (underWay || state.paused || state.ending) return;
      const { trouble } = state.repository;
      if (trouble && trouble.retry_at > now()) return;
      const parts = takeCandidate(state);
      if (parts) begin(parts);
    },
    busy: () => underWay !== null,
    async stop() {
      underWay?.scope.cancel();
      await underWay?.done;
    },
  };
}

/** Takes what a task hands in; what it is told at once, it is told here. */
export function takeWork(job: Job, children: Children, work: Parameters<typeof queueWork>[1]): void {
  job.taken_chars += textChars(work);
  say(job, children, queueWork(job.state, work));
  job.touch();
}

function say(job: Job, children: Children, { events, answers }: Answered): void {
  job.emit(events);
  for (const { task_id, answer } of answers) children.answerMerge(task_id, answer);
}

/** Merges the parts onto the head, has the result checked, and lands it where that is good. */
async function mergeParts(job: Job, children: Children, parts: QueuedWork[]): Promise<void> {
  const { state } = job;
  const told = parts.map((part) => ({ ...part, title: titleOf(job, part.task_id) }));
  const { lock } = state.repository!.commands;
  const rights = state.spec.no_commands ? { no_commands: true as const } : {};
  const lock_command = state.spec.no_commands ? null : lock.command;
  const merged_at = now();
  const candidate = await onRepositoryHost(job, (host) =>
    host.mergeWork({ at: pointNow(job), parts: told, lock_command, merged_at, ...rights }),
  );
  if (!isWanted(state, parts)) return;
  const merged = parts.filter(({ task_id }) => candidate.merged.includes(task_id));
  narrowCandidate(state, merged);
  if (merged.length === 0) {
    // only with what has landed: what goes before it in a candidate may still fail, and is tried with it again if it does not
    if (candidate.conflict) job.emit(workConflicts(state, candidate.conflict, now()));
    return job.touch();
  }
  const sha = candidate.candidate_sha!;
  const about = merged.at(-1)!.task_id;
  const checked = isChecked(job) ? await runCheck(job, sha, about, told) : null;
  if (checked) {
    const { tail: _, definition_changed, ...told } = checked;
    const changed = definition_changed.length > 0 ? { definition_changed } : {};
    const task_ids = merged.map(({ task_id }) => task_id);
    job.emit([{ type: 'merge.checked', data: { task_ids, ...told, ...changed } }]);
  }
  if (!isWanted(state, merged)) return;
  if (checked && !checked.passed) return say(job, children, workFailed(state, merged, checked));
  const landed = await onRepositoryHost(job, (host) => {
    const at = pointNow(job);
    return host.landMerge({ at, candidate_sha: sha, fence: at.fence + 1 });
  });
  say(job, children, workLanded(state, merged, landed, checked));
}

/** A host does not have the candidate, which another one made. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof ApplicationFailure && error.cause.type === 'WorkMissing';

const titleOf = ({ state }: Job, taskId: string): string =>
  plannedTasks(state).find(({ task_id }) => task_id === taskId)?.title ?? taskId;
