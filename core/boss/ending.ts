import type { EventDraft } from '../../contracts/event.ts';
import type { ShownError } from '../../contracts/view.ts';
import { isAgentFull } from '../agents/taker.ts';
import { wasOutside } from '../schedule/retry.ts';
import { dependenciesMet } from '../schedule/schedule.ts';
import type { Verdict } from '../schedule/verdict.ts';
import { isBossTask, type JobState, plannedTasks, type TaskState, taskStateOf } from '../state/job-state.ts';
import { bossAgent, bossTask } from './team.ts';

/**
 * What becomes of the job: what a worker could not do is for the boss to decide, and what the boss could not, ends it. What
 * came to it from outside (a key that is refused, a provider that is down) a person may mend, and have it go on.
 */
export function assessLed(state: JobState): Verdict {
  const boss = bossTask(state);
  if (
    !boss ||
    boss.status === 'running' ||
    boss.status === 'pending' ||
    boss.status === 'awaiting_approval'
  ) {
    return { kind: 'active' };
  }
  if (boss.status !== 'failed' || boss.error?.code === RESET) return untilMended(state, boss);
  const failed = { kind: 'failed' as const, error: failureOf(state, boss) };
  if (boss.error === null || !wasOutside(boss.error)) return failed;
  return { ...failed, mendable: untilMended(state, boss) };
}

/** The job goes on while its workers do, and then waits for a person. */
function untilMended(state: JobState, boss: TaskState): Verdict {
  if (workers(state).some(isAtWork)) return { kind: 'active' };
  if (boss.status !== 'blocked' && boss.status !== 'failed') return { kind: 'done', partial: false };
  const what = boss.status === 'failed' ? 'failed' : `is blocked (${boss.reason})`;
  const message = `its boss ${what}${boss.error ? `: ${boss.error.message}` : ''}`;
  const code = boss.status === 'failed' ? 'task_failed' : 'task_blocked';
  return { kind: 'review', error: { code, message: message.slice(0, 2000) } };
}

/** Code of a failure that an operator brought about in Temporal: a person says whether the boss begins anew. */
const RESET = 'reset';

/** Codes of failures that say it all: the boss ended the project itself, or was not heard to. */
const OWN_WORDS: readonly string[] = ['project_failed', 'not_completed'];

function failureOf({ spec }: JobState, { error }: TaskState): ShownError {
  if (!error) return { code: 'boss_failed', message: `the boss ${bossAgent(spec)} failed` };
  const { code, message } = error;
  const shown = OWN_WORDS.includes(code)
    ? message
    : `the boss ${bossAgent(spec)} could not go on: ${message}`;
  return { code, message: shown.slice(0, 2000) };
}

/** Once the boss has completed the project, the others stop; the job's warnings say which. */
export function stopWorkers(state: JobState, now: string): EventDraft[] {
  const boss = bossTask(state);
  if (boss?.status !== 'completed') return [];
  const stopped: string[] = [];
  const events = workers(state).flatMap((task): EventDraft[] => {
    if (task.stop !== null || !isUnfinished(task)) return [];
    stopped.push(`${task.task_id} (${task.agent ?? 'nobody'})`);
    if (task.status === 'running') {
      task.stop = 'cancel';
      return [];
    }
    Object.assign(task, { status: 'cancelled', reason: null, gate: null, finished_at: now });
    return [
      { type: 'task.cancelled', task_id: task.task_id, data: { because: 'the project was completed' } },
    ];
  });
  if (stopped.length > 0) {
    state.warnings.push(
      `stopped because the boss completed the project before they were done: ${stopped.join(', ')}`,
    );
  }
  return events;
}

/** Whether anything can come to the boss by itself, so that it is worth waiting for. */
export function isNewsExpected(state: JobState): boolean {
  if (state.paused || state.changing) return true;
  return plannedTasks(state).some((planned) => {
    const task = taskStateOf(state, planned.task_id);
    if (!task || isBossTask(state, task.task_id)) return false;
    if (task.status === 'pending') return dependenciesMet(state, planned) && !isAgentFull(state, planned);
    return isAtWork(task) && !waitsForWord(task);
  });
}

/** Reported that it is blocked, and does nothing until somebody writes to it. */
const waitsForWord = ({ awaits_message, holds_slot, wants_slot }: TaskState): boolean =>
  awaits_message === true && !holds_slot && !wants_slot;

const isAtWork = ({ status, reason }: TaskState): boolean =>
  status === 'running' ||
  status === 'awaiting_approval' ||
  (status === 'blocked' && reason === 'waiting_for_person');

const isUnfinished = (task: TaskState): boolean =>
  isAtWork(task) || task.status === 'pending' || task.status === 'blocked';

const workers = (state: JobState): TaskState[] =>
  Object.values(state.tasks).filter(({ task_id }) => !isBossTask(state, task_id));
