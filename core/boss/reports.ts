import type { EventDraft } from '../../contracts/event.ts';
import type { Delivery, JobMessage } from '../../contracts/message.ts';
import { BOSS_TASK } from '../../contracts/names.ts';
import type { ShownError } from '../../contracts/view.ts';
import { INBOX_SIZE, sayMessage, shortened } from '../messages/messages.ts';
import { agentOf } from '../schedule/schedule.ts';
import {
  isBossTask,
  isLed,
  type JobState,
  plannedTasks,
  type TaskState,
  taskStateOf,
} from '../state/job-state.ts';
import { bossAgent, bossTask } from './team.ts';

/**
 * Tells the boss of every task that came to an end, or cannot go on, since it was told last: each time once, whatever
 * brought it about.
 */
export function reportToBoss(state: JobState, now: string): EventDraft[] {
  const boss = bossTask(state);
  if (!boss || isOver(boss)) return [];
  return plannedTasks(state).flatMap(({ task_id }): EventDraft[] => {
    const task = taskStateOf(state, task_id);
    if (!task || isBossTask(state, task_id)) return [];
    const end = endOf(task);
    const mark = `${task.generation} ${task.status} ${task.reason ?? ''}`;
    if (!end || task.told === mark) return [];
    task.told = mark;
    return [tell(state, task, { ...end, status: task.status }, now)];
  });
}

/** What a worker says of its progress, as a message to its boss. */
export function progressMessage(
  state: JobState,
  taskId: string,
  { status, message, output }: Record<string, unknown>,
  now: string,
): EventDraft[] {
  const task = taskStateOf(state, taskId);
  if (!isLed(state.spec) || !task || isBossTask(state, taskId)) return [];
  if (typeof status !== 'string' || typeof message !== 'string') return [];
  if (status === 'blocked') task.awaits_message = true;
  const boss = bossTask(state);
  if (!boss || isOver(boss)) return [];
  const so_far = typeof output === 'string' ? output : undefined;
  const content = so_far === undefined ? message : `${message}\n\n${so_far}`;
  return [tell(state, task, { kind: 'progress', content, status, output: so_far }, now)];
}

/** A delegation that a person did not approve: the task is gone, and so it can't be told of it otherwise. */
export function reportRejected(
  state: JobState,
  taskIds: readonly string[],
  reason: string,
  now: string,
): EventDraft[] {
  const boss = bossTask(state);
  if (!boss || isOver(boss)) return [];
  return taskIds.map((id) => {
    const content = `The task ${id} was not approved, and is not done. The reason: ${reason}`;
    const metadata = { from_task_id: null, to_task_ids: [BOSS_TASK], task_id: id, status: 'rejected' };
    const { message, event } = sayMessage(state, {
      ...{ kind: 'error' as const, from_agent: 'operator', to_agent: bossAgent(state.spec), content },
      ...{ metadata, created_at: now },
    });
    boss.inbox = [...(boss.inbox ?? []), { ...wordsOf(message), from_task_id: null }];
    return event;
  });
}

interface Said {
  kind: 'progress' | 'result' | 'error';
  content: string;
  content_ref?: string | undefined;
  status: string;
  output?: string | undefined;
}

function tell(state: JobState, task: TaskState, said: Said, now: string): EventDraft {
  const { kind, content_ref, status, output } = said;
  const content = shortened(said.content);
  const boss = bossTask(state)!;
  const planned = plannedTasks(state).find(({ task_id }) => task_id === task.task_id)!;
  const { message, event } = sayMessage(state, {
    ...{ kind, content, created_at: now },
    from_agent: task.agent ?? agentOf(planned, task) ?? task.task_id,
    to_agent: bossAgent(state.spec),
    metadata: {
      from_task_id: task.task_id,
      to_task_ids: [BOSS_TASK],
      task_id: task.task_id,
      status,
      ...(content_ref === undefined ? {} : { content_ref }),
      ...(output === undefined ? {} : { output: shortened(output) }),
    },
  });
  const delivery: Delivery = { ...wordsOf(message), from_task_id: task.task_id, kind, status };
  boss.inbox = [...roomFor(boss.inbox ?? [], delivery), delivery];
  return event;
}

/**
 * The messages that wait beside a new one. Of too many, the oldest word that an agent is working gives way, the same
 * agent's first: it stands in the journal. All else is never left out.
 */
function roomFor(waiting: Delivery[], { from_task_id }: Delivery): Delivery[] {
  if (waiting.length < INBOX_SIZE) return waiting;
  const passing = waiting.filter(({ kind, status }) => kind === 'progress' && status === 'working');
  const oldest = passing.find((one) => one.from_task_id === from_task_id) ?? passing[0];
  return waiting.filter((one) => one !== oldest);
}

const wordsOf = ({ id, from_agent, content, metadata }: JobMessage) => ({
  ...{ id, from_agent, content },
  content_ref: metadata.content_ref,
});

/** What is said of the end of a task; null while it goes on. */
function endOf({ status, reason, output, error }: TaskState): Omit<Said, 'status'> | null {
  switch (status) {
    case 'completed':
      return {
        kind: 'result',
        content: output?.text ?? output?.preview ?? '',
        content_ref: output?.text_ref,
      };
    case 'failed':
      return { kind: 'error', content: `It failed: ${wordsOfError(error)}` };
    case 'blocked':
      if (reason === 'waiting_for_person') return null;
      return {
        kind: 'error',
        content: `It is blocked (${reason}) until a person helps: ${wordsOfError(error)}`,
      };
    case 'cancelled':
      return { kind: 'error', content: 'It was cancelled.' };
    case 'skipped':
      return { kind: 'error', content: `It was skipped (${reason}).` };
    default:
      return null;
  }
}

const wordsOfError = (error: ShownError | null): string =>
  error
    ? [error.message, ...(error.tail ? [`The end of what it said: ${error.tail}`] : [])].join('\n')
    : 'the reason is not known';

const isOver = ({ status }: TaskState): boolean =>
  status !== 'running' && status !== 'pending' && status !== 'blocked' && status !== 'awaiting_approval';
