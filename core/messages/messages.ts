import type { Problem } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import {
  type Delivery,
  EVERYBODY,
  type JobMessage,
  type Mate,
  MESSAGE_BYTES,
  OPERATOR,
} from '../../contracts/message.ts';
import type { Task } from '../../contracts/plan.ts';
import { membersOf } from '../boss/team.ts';
import { alert } from '../journal/alerts.ts';
import { agentOf } from '../schedule/schedule.ts';
import {
  isBossTask,
  isLed,
  type JobState,
  plannedTasks,
  type TaskState,
  taskStateOf,
} from '../state/job-state.ts';
import { isNews } from './news.ts';

/** The most messages that wait for one agent. */
export const INBOX_SIZE = 100;

/** The most that wait for all agents of a job together: each has a copy of what is said to everybody. */
export const JOB_INBOX_SIZE = 2500;

/** Something that is to be said. */
export interface Draft {
  /** task of the agent that says it; null: a person does */
  from_task_id: string | null;
  /** a task_id, the name of an agent, or {@link EVERYBODY} */
  to: string;
  content: string;
  content_ref?: string;
}

/** Why a message cannot be sent, or null: nobody of that name is there, has not ended, and can read. */
export function checkMessage(state: JobState, draft: Omit<Draft, 'content'>): Problem | null {
  const found = receivers(state, draft);
  if (!Array.isArray(found)) return found;
  const full = found.find(({ inbox }) => (inbox?.length ?? 0) >= INBOX_SIZE);
  if (full) return conflict(`the agent of task '${full.task_id}' has ${INBOX_SIZE} messages to read`);
  const waiting = Object.values(state.tasks).reduce((sum, { inbox }) => sum + (inbox?.length ?? 0), 0);
  return waiting + found.length > JOB_INBOX_SIZE
    ? conflict(`the agents of the job have ${waiting} messages to read; at most ${JOB_INBOX_SIZE} may wait`)
    : null;
}

/** Puts a message that {@link checkMessage} allows into the journal, and in line for those who are to read it. */
export function postMessage(state: JobState, draft: Draft, now: string, actor?: string): EventDraft[] {
  const to = receivers(state, draft) as TaskState[];
  const { from_task_id, content, content_ref = null } = draft;
  const { message, event } = sayMessage(state, {
    from_agent: from_task_id === null ? OPERATOR : (nameOf(state, from_task_id) ?? from_task_id),
    to_agent: draft.to === EVERYBODY ? null : (nameOf(state, to[0]!.task_id) ?? to[0]!.task_id),
    kind: 'message',
    content,
    metadata: { from_task_id, to_task_ids: to.map(({ task_id }) => task_id), content_ref },
    created_at: now,
  });
  const { id, from_agent } = message;
  const steers = from_task_id !== null && isBossTask(state, from_task_id);
  const delivery = { id, from_agent, from_task_id, content, content_ref, ...(steers ? { steers } : {}) };
  for (const task of to) {
    task.inbox = [...(task.inbox ?? []), delivery];
    delete task.awaits_message;
  }
  return [{ ...event, ...(actor ? { actor } : {}) }];
}

/** A message under the next id, and the entry of the journal that tells of it. Nobody gets it by that. */
export function sayMessage(
  state: JobState,
  said: Omit<JobMessage, 'id' | 'metadata'> & {
    metadata: Omit<JobMessage['metadata'], 'content_ref'> & { content_ref?: string | null };
  },
): { message: JobMessage; event: EventDraft } {
  const { from_agent, to_agent, kind, content, metadata, created_at } = said;
  const message: JobMessage = {
    ...{ id: nextMessageId(state), from_agent, to_agent, kind, content },
    metadata: { ...metadata, content_ref: metadata.content_ref ?? null },
    created_at,
  };
  state.messages_sent = (state.messages_sent ?? 0) + 1;
  const { from_task_id } = metadata;
  const about = from_task_id === null ? {} : { task_id: from_task_id };
  return { message, event: { type: 'message', ...about, data: { ...message } } };
}

/** As much as the journal takes. */
export function shortened(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MESSAGE_BYTES) return text;
  return `${new TextDecoder().decode(bytes.slice(0, MESSAGE_BYTES - 4)).replace(/\uFFFD$/, '')}…`;
}

/** The id that the next message gets. */
export const nextMessageId = (state: JobState): string => `m-${(state.messages_sent ?? 0) + 1}`;

/** The messages that can be sent now to running agents, those in reach; afterwards none of them waits. */
export function takeMessages(
  state: JobState,
  inReach: (taskId: string) => boolean,
): { task_id: string; messages: Delivery[] }[] {
  return Object.values(state.tasks).flatMap((task) => {
    if (!task.inbox || task.inbox.length === 0) return [];
    if (task.status !== 'running' || !inReach(task.task_id)) return [];
    const messages = task.inbox;
    task.inbox = [];
    // the boss goes on for it, and rests no longer
    if (state.resting && isBossTask(state, task.task_id) && messages.some(isNews)) state.resting = null;
    return [{ task_id: task.task_id, messages }];
  });
}

/**
 * Messages that an agent did not read: it gets them when it goes on. Where it will not, that is said. What is in line
 * already is not put there twice.
 */
export function putBack(state: JobState, taskId: string, messages: readonly Delivery[]): EventDraft[] {
  const task = taskStateOf(state, taskId);
  if (!task) return [];
  const waiting = task.inbox ?? [];
  const ids = new Set(waiting.map(({ id }) => id));
  task.inbox = [...messages.filter(({ id }) => !ids.has(id)), ...waiting];
  return sayUnread(task);
}

/** Says which messages to a task nobody will read, now that it is over. */
function sayUnread(task: TaskState): EventDraft[] {
  const unread = task.inbox ?? [];
  if (unread.length === 0 || !OVER.includes(task.status)) return [];
  task.inbox = [];
  const message_ids = unread.filter(isNews).map(({ id }) => id);
  if (message_ids.length === 0) return [];
  const message = `the agent ended before it read ${message_ids.join(', ')}`;
  return [alert('messages_unread', { message, message_ids }, { task_id: task.task_id })];
}

/** The agents that the agent of a task can write to. */
export function matesOf(state: JobState, taskId: string): Mate[] {
  return plannedTasks(state).flatMap((task) => {
    const taskState = state.tasks[task.task_id]!;
    if (task.task_id === taskId || !reads(state, task, taskState) || hasEnded(taskState)) return [];
    return [{ task_id: task.task_id, title: task.title, agent: agentOf(task, taskState) }];
  });
}

/** Whether others of the plan could ever be written to: the same for all of them, whenever they start. */
export const hasTeam = (state: JobState): boolean =>
  isLed(state.spec) ||
  plannedTasks(state).filter((task) => reads(state, task, state.tasks[task.task_id]!)).length > 1;

/** A failed task may be tried again. */
const OVER: readonly string[] = ['completed', 'skipped', 'cancelled'];

const hasEnded = ({ status, stop }: TaskState): boolean =>
  stop !== null || status === 'failed' || OVER.includes(status);

/** Whether its agent reads messages. Of one chosen when the task starts nobody knows yet. */
function reads(state: JobState, task: Task, taskState: TaskState): boolean {
  const name = agentOf(task, taskState);
  const known = state.snapshot?.agents.find((agent) => agent.name === name);
  return name === null || known === undefined || ['llm', 'coding'].includes(known.kind);
}

function nameOf(state: JobState, taskId: string): string | null {
  const task = plannedTasks(state).find(({ task_id }) => task_id === taskId);
  return task ? agentOf(task, state.tasks[taskId]!) : null;
}

/** Who gets a message: at least one, or what is wrong with the address. */
function receivers(state: JobState, { to, from_task_id }: Omit<Draft, 'content'>): TaskState[] | Problem {
  if (state.ending || state.accepted_by !== null)
    return conflict('the job is ending; no agent reads any more');
  const others = plannedTasks(state).flatMap((task) => {
    const taskState = taskStateOf(state, task.task_id);
    return taskState && task.task_id !== from_task_id ? [{ task, taskState }] : [];
  });
  const readers = others.filter(({ task, taskState }) => reads(state, task, taskState));
  const live = readers.filter(({ taskState }) => !hasEnded(taskState)).map(({ taskState }) => taskState);
  if (to === EVERYBODY) return live.length > 0 ? live : conflict('no agent of the job can read it');
  if (to === from_task_id) return conflict('that is you');

  const named = others.find(({ task }) => task.task_id === to);
  if (named) {
    const { task, taskState } = named;
    if (live.includes(taskState)) return [taskState];
    if (!reads(state, task, taskState)) {
      return conflict(`the task '${to}' is done by '${agentOf(task, taskState)}', which reads no messages`);
    }
    const state_ = taskState.stop === null ? taskState.status : 'being stopped';
    return conflict(`the task '${to}' is ${state_}; its agent reads nothing any more`);
  }
  const ofName = (taskState: TaskState) => nameOf(state, taskState.task_id) === to;
  const [one, ...more] = live.filter(ofName);
  // whom the boss delegates to is one to it, whatever it works on
  if (one && (more.length === 0 || isLed(state.spec))) return [one, ...more];
  if (one) {
    const ids = [one, ...more].map(({ task_id }) => task_id).join(', ');
    return conflict(`the agent '${to}' works on several tasks: write to one of ${ids}`);
  }
  if (readers.some(({ taskState }) => ofName(taskState))) {
    return conflict(`the agent '${to}' has ended its tasks; it reads nothing any more`);
  }
  if (isLed(state.spec) && membersOf(state).some(({ agent_id }) => agent_id === to)) {
    return conflict(`the agent '${to}' has no task now; tell it when you delegate one to it`);
  }
  const there = live.map(({ task_id }) => task_id);
  const whom = there.length > 0 ? `; there are: ${there.join(', ')}` : '; no agent can read';
  return { code: 'not_found', message: `no task or agent of the job is called '${to}'${whom}` };
}

const conflict = (message: string): Problem => ({ code: 'conflict', message });
