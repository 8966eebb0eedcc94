import type { DependencyResult } from '../../contracts/artifact.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { LeadAnswer, LeadRequest, LeadRequestBody } from '../../contracts/lead.ts';
import { BOSS_TASK } from '../../contracts/names.ts';
import { dependencyResults } from '../journal/view.ts';
import { checkMessage, postMessage } from '../messages/messages.ts';
import { isNews } from '../messages/news.ts';
import { agentOf } from '../schedule/schedule.ts';
import { type JobState, plannedTasks, taskStateOf } from '../state/job-state.ts';
import { createAgent } from './create-agent.ts';
import { delegate, type Refusal } from './delegate.ts';
import { isNewsExpected } from './ending.ts';
import { bossTask, memberViews, tasksByAgent } from './team.ts';

type Told = Omit<LeadAnswer, 'request_id'>;

/** Carries out a request of the boss. `answer` is null where it waits: see {@link takeRestAnswer}. */
export function answerRequest(
  state: JobState,
  { request_id, wish: body }: LeadRequest,
  now: string,
): { answer: LeadAnswer | null; events: EventDraft[] } {
  if (body.wish === 'rest') {
    state.resting = request_id;
    return { answer: null, events: [] };
  }
  const { told, events } = act(state, body, now);
  return { answer: { request_id, ...told }, events };
}

/** The answer to a boss that rests, once nothing can come to it any more; afterwards it rests no longer. */
export function takeRestAnswer(state: JobState): LeadAnswer | null {
  const { resting: request_id } = state;
  const boss = bossTask(state);
  if (!request_id || boss?.status !== 'running' || state.ending || (boss.inbox ?? []).some(isNews))
    return null;
  if (isNewsExpected(state)) return null;
  state.resting = null;
  return { request_id, text: '', is_error: false };
}

function act(
  state: JobState,
  body: Exclude<LeadRequestBody, { wish: 'rest' }>,
  now: string,
): { told: Told; events: EventDraft[] } {
  switch (body.wish) {
    case 'delegate': {
      const done = delegate(state, body, now);
      if ('refused' in done) return refuse('Not delegated', done);
      const { task_id, waits, events } = done;
      const text = waits
        ? `Delegated to ${body.agent_id} as the task ${task_id}; it begins once a person has approved it.`
        : `Delegated to ${body.agent_id} as the task ${task_id}. Its result reaches you by itself.`;
      return { told: { text, is_error: false }, events };
    }
    case 'create': {
      const done = createAgent(state, body);
      if ('refused' in done) return refuse('Not created', done);
      const text = `The agent ${body.name} (${body.specialty}) belongs to the project now; delegate to it.`;
      return { told: { text, is_error: false }, events: done.events };
    }
    case 'say': {
      const draft = { from_task_id: BOSS_TASK, to: body.to_agent, content: body.message };
      const problem = checkMessage(state, draft);
      if (problem) return refuse('Not sent', { refused: problem.message });
      return { told: { text: 'Sent.', is_error: false }, events: postMessage(state, draft, now) };
    }
    case 'status':
      return { told: statusTold(state, body.agent_id), events: [] };
    case 'result':
      return { told: resultOf(state, body.task_id), events: [] };
    case 'artifact':
      return { told: artifactOf(state, body.name), events: [] };
    default:
      throw new Error(`no such request: ${JSON.stringify(body satisfies never)}`);
  }
}

const refuse = (what: string, { refused, cap }: Refusal): { told: Told; events: EventDraft[] } => ({
  told: { text: `${what}: ${refused}.`, is_error: true, ...(cap ? { cap } : {}) },
  events: [],
});

/** Tasks of an agent that are shown, the latest. */
const SHOWN_TASKS = 5;
const SHOWN_AGENTS = 50;

function statusTold(state: JobState, agentId: string | undefined): Told {
  const all = memberViews(state).filter(({ role }) => role === 'worker');
  const shown = agentId === undefined ? all : all.filter(({ agent_id }) => agent_id === agentId);
  if (shown.length === 0 && agentId !== undefined) {
    const there = all.map(({ agent_id }) => agent_id).join(', ');
    return { text: `The project has no agent '${agentId}'; there are: ${there}.`, is_error: true };
  }
  const titles = new Map(plannedTasks(state).map(({ task_id, title }) => [task_id, title]));
  const tasks = tasksByAgent(state);
  const lines = shown.slice(0, SHOWN_AGENTS).map(({ agent_id, specialty, status }) => {
    const own = tasks.get(agent_id) ?? [];
    const listed = own.slice(-SHOWN_TASKS).map((task) => {
      const why = task.reason ? ` (${task.reason})` : '';
      const waits = task.status === 'running' && task.awaits_message ? ', is waiting for you' : '';
      return `  - ${task.task_id}: ${titles.get(task.task_id)}: ${task.status}${why}${waits}`;
    });
    const more = own.length > SHOWN_TASKS ? [`  - and ${own.length - SHOWN_TASKS} before`] : [];
    return [`- ${agent_id}${specialty ? ` (${specialty})` : ''}: ${status}`, ...more, ...listed].join('\n');
  });
  const left = shown.length > SHOWN_AGENTS ? [`- and ${shown.length - SHOWN_AGENTS} more agents`] : [];
  return { text: [...lines, ...left].join('\n') || 'The project has no agents but you.', is_error: false };
}

function resultOf(state: JobState, taskId: string): Told {
  const task = taskStateOf(state, taskId);
  if (!task || taskId === BOSS_TASK) return { text: `The project has no task '${taskId}'.`, is_error: true };
  return { text: '', is_error: false, results: dependencyResults(state, [taskId]) };
}

function artifactOf(state: JobState, name: string): Told {
  const found = plannedTasks(state).flatMap((planned): DependencyResult[] => {
    const task = taskStateOf(state, planned.task_id);
    const artifacts = task?.artifacts.filter((one) => one.name === name || one.artifact_id === name) ?? [];
    if (!task || artifacts.length === 0) return [];
    return [{ task_id: task.task_id, title: planned.title, status: task.status, output: null, artifacts }];
  });
  const agents = plannedTasks(state).flatMap((planned) => {
    const task = taskStateOf(state, planned.task_id);
    return task && task.artifacts.length > 0 ? [`${planned.task_id} of ${agentOf(planned, task)}`] : [];
  });
  if (found.length > 0) return { text: '', is_error: false, results: found.slice(-1) };
  const there =
    agents.length > 0 ? `; artifacts have: ${agents.slice(-20).join(', ')}` : '; there is none yet';
  return {
    text: `The project has no artifact '${name}'${there}. See a task's result for its names.`,
    is_error: true,
  };
}
