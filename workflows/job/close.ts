import { allHandlersFinished, condition, patched } from '@temporalio/workflow';
import type { EventDraft } from '../../contracts/event.ts';
import { stats } from '../../core/journal/stats.ts';
import { archiveInput } from '../../core/journal/view.ts';
import type { Ending } from '../../core/state/job-state.ts';
import { WHOLE_CHARS } from '../../core/state/parts.ts';
import { patient, short } from '../activities.ts';
import { type Job, now } from './context.ts';
import type { keepFlushing } from './journal.ts';
import { BY_REFERENCE, storeInParts } from './parts.ts';
import { repositoryStory } from './repository-story.ts';
import { publishSummary } from './summary.ts';

/** Says how the job ended, archives it with all its events, and lets open requests finish. */
export async function close(job: Job, journal: ReturnType<typeof keepFlushing>): Promise<void> {
  const { state } = job;
  state.ending ??= { status: 'completed', error: null };
  await condition(() => job.in_flight === 0);
  state.review = null;
  state.paused = false;
  const left = leaveRest(job);
  if (state.repository) {
    const { leftBehind } = await repositoryStory();
    state.warnings = [...new Set([...state.warnings, ...leftBehind(state)])];
  }
  state.phase = 'closed';
  state.finished_at = now();
  job.emit([...left, finalEvent(job, state.ending)]);
  publishSummary(job);
  await journal.finish();
  await archive(job);
  await condition(allHandlersFinished);
}

/** A job that had closed, and was reset: nothing of it is done again. */
export async function closeAgain(
  job: Job,
  journal: ReturnType<typeof keepFlushing>,
): Promise<{ job_id: string; status: string }> {
  publishSummary(job);
  await journal.finish();
  await archive(job);
  const { job_id, ending } = job.state;
  return { job_id, status: ending!.status };
}

/** Writes the job to the archive; those of earlier versions sent what is large in parts. */
async function archive({ state }: Job): Promise<void> {
  const closed = archiveInput(state);
  const json = JSON.stringify(closed);
  if (json.length <= WHOLE_CHARS) await short.archiveJob(closed);
  else if (patched(BY_REFERENCE) || !patched('archive-in-parts')) await patient.archiveJob(closed);
  else await patient.archiveParts({ part_refs: await storeInParts(state.job_id, json) });
}

/** A task that has not ended when its job ends never will: left out by whoever accepted the rest, or cancelled. */
function leaveRest(job: Job): EventDraft[] {
  const { state } = job;
  const accepted = state.ending!.status === 'completed';
  return Object.values(state.tasks).flatMap((task): EventDraft[] => {
    if (!['pending', 'awaiting_approval', 'blocked'].includes(task.status)) return [];
    task.status = accepted ? 'skipped' : 'cancelled';
    task.reason = accepted ? 'by_person' : null;
    task.finished_at = now();
    const about = { task_id: task.task_id, ...(state.accepted_by ? { actor: state.accepted_by } : {}) };
    return [
      accepted
        ? { type: 'task.skipped', ...about, data: { reason: 'by_person' } }
        : { type: 'task.cancelled', ...about, data: {} },
    ];
  });
}

function finalEvent(job: Job, ending: Ending): EventDraft {
  const { state } = job;
  const actor = ending.actor ? { actor: ending.actor } : {};
  const error = ending.error ?? {};
  if (ending.status !== 'completed') return { type: `job.${ending.status}`, ...actor, data: { ...error } };
  const { partial, accepted_by } = state;
  return {
    type: 'job.completed',
    data: {
      partial,
      accepted_by,
      stats: stats(Object.values(state.tasks)),
      cost_usd: state.budget.spent_usd,
    },
  };
}
