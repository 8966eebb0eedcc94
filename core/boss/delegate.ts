import type { EventDraft } from '../../contracts/event.ts';
import type { LeadCap, LeadRequestBody } from '../../contracts/lead.ts';
import { BOSS_TASK } from '../../contracts/names.ts';
import type { Task } from '../../contracts/plan.ts';
import { addTask } from '../commands/add-task.ts';
import { sayMessage, shortened } from '../messages/messages.ts';
import { trimMarks } from '../plan/rules/words.ts';
import { freeTaskId } from '../plan/version.ts';
import { type JobState, plannedTasks, taskStateOf } from '../state/job-state.ts';
import { blankTask } from './first-plan.ts';
import { bossAgent, bossTask, membersOf } from './team.ts';

/** Why a request is refused, in words for the agent that leads. */
export interface Refusal {
  refused: string;
  cap?: LeadCap;
}

const TITLE_CHARS = 100;
/** An id of a task is at most 64 long. */
const NAME_CHARS = 56;

/**
 * Adds a task for an agent of the project, as a new version of the plan that the first approval covers, unless every
 * version has to be approved.
 */
export function delegate(
  state: JobState,
  given: Omit<Extract<LeadRequestBody, { wish: 'delegate' }>, 'wish'>,
  now: string,
): Refusal | { task_id: string; waits: boolean; events: EventDraft[] } {
  const refusal = refusalOf(state, given.agent_id);
  if (refusal) return refusal;
  const task = taskOf(state, given);
  const big = tooMuch(state, task);
  if (big) return big;
  const { task_id } = task;
  const { waits, events } = addTask(state, task, { source: 'boss', actor: bossAgent(state.spec) }, now);
  const said = sayMessage(state, {
    kind: 'delegation',
    from_agent: bossAgent(state.spec),
    to_agent: given.agent_id,
    content: shortened(given.task_description),
    metadata: { from_task_id: BOSS_TASK, to_task_ids: [task_id], task_id },
    created_at: now,
  });
  return { task_id, waits, events: [...events, said.event] };
}

function refusalOf(state: JobState, agentId: string): Refusal | null {
  const over = cannotLead(state);
  if (over) return over;
  if (agentId === bossAgent(state.spec)) return { refused: 'that is you; delegate it to somebody else' };
  const members = membersOf(state).map(({ agent_id }) => agent_id);
  if (!members.includes(agentId)) {
    const there = members.length > 0 ? `there are: ${members.join(', ')}` : 'there are none yet';
    return { refused: `the project has no agent '${agentId}'; ${there}` };
  }
  const { max_depth, max_tasks } = state.snapshot!.limits;
  if (max_depth !== undefined && (state.spec.delegated_by?.depth ?? 0) >= max_depth) {
    const refused = `work may be delegated on ${max_depth} times here (limits.max_depth), and this is one too many`;
    return { refused, cap: 'depth_limit' };
  }
  if (plannedTasks(state).length >= max_tasks) {
    const refused = `the project has the ${max_tasks} tasks that it may have (limits.max_tasks), your own included; no more can be delegated`;
    return { refused, cap: 'task_limit' };
  }
  return null;
}

/** All of a job travels with it from run to run of its workflow, at most 2 MB, and its tasks are a part of that. */
const TASKS_BYTES = 500_000;

function tooMuch(state: JobState, task: Task): Refusal | null {
  const bytes = new TextEncoder().encode(JSON.stringify([...plannedTasks(state), task])).length;
  if (bytes <= TASKS_BYTES) return null;
  const refused = `the descriptions of the project's tasks have grown to what a job can hold (${TASKS_BYTES} bytes); use fewer words, or complete the project`;
  return { refused, cap: 'task_limit' };
}

/** Why nobody can lead the job any more; null while its boss does. */
export function cannotLead(state: JobState): Refusal | null {
  if (state.ending || state.accepted_by !== null || bossTask(state)?.status !== 'running') {
    return { refused: 'the project is ending; nothing new is started' };
  }
  return null;
}

function taskOf(
  state: JobState,
  { agent_id, task_description, context }: Omit<Extract<LeadRequestBody, { wish: 'delegate' }>, 'wish'>,
): Task {
  const text = context
    ? `${task_description}\n\nWhat you should know for it:\n\n${context}`
    : task_description;
  const title = task_description.trim().split('\n', 1)[0]!.slice(0, TITLE_CHARS).toWellFormed();
  const task_id = freeTaskId(plannedTasks(state), agent_id.slice(0, NAME_CHARS));
  const blank = blankTask({ task_id, title, description: text, agent: agent_id });
  return { ...blank, depends_on: mentioned(state, text) };
}

/** Most results that one task is handed. */
const MAX_RESULTS = 20;

/** Tasks that are done and named in the text: their results are handed on. */
function mentioned(state: JobState, text: string): string[] {
  const words = new Set(text.toLowerCase().match(/[a-z0-9][a-z0-9._-]*/g) ?? []);
  const named = [...words].map((word) => trimMarks(word, '._-'));
  const done = [...new Set(named)].filter(
    (id) => id !== BOSS_TASK && taskStateOf(state, id)?.status === 'completed',
  );
  return done.slice(0, MAX_RESULTS);
}
