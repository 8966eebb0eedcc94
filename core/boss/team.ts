import type { TaskInput } from '../../contracts/attempt.ts';
import { type Member, type MemberStatus, type MemberView, Specialty } from '../../contracts/job-agent.ts';
import { BOSS_AGENT, BOSS_TASK, VERIFIER_AGENT } from '../../contracts/names.ts';
import type { Task } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { TeamView } from '../../contracts/view.ts';
import { agentOf } from '../schedule/schedule.ts';
import {
  isBossTask,
  isLed,
  type JobState,
  plannedTasks,
  type TaskState,
  taskStateOf,
} from '../state/job-state.ts';

/** The state of the leading agent's task; undefined where nobody leads, or before its plan is approved. */
export const bossTask = (state: JobState): TaskState | undefined =>
  isLed(state.spec) ? taskStateOf(state, BOSS_TASK) : undefined;

/** Who leads: named, or the agent of the job with that role, or the one of the roster. */
export const bossAgent = ({ boss_agent, agents = [] }: Pick<JobSpec, 'boss_agent' | 'agents'>): string =>
  boss_agent ?? agents.find(({ role }) => role === 'boss')?.agent_id ?? BOSS_AGENT;

/** The agents to which the boss can delegate: those of the job, or, where none were given, those of the roster. */
export function membersOf({ spec, snapshot }: Pick<JobState, 'spec' | 'snapshot'>): Member[] {
  const boss = bossAgent(spec);
  const agents = spec.agents ?? [];
  const known = snapshot?.agents ?? [];
  const own = agents
    .filter(({ agent_id, role }) => role === 'worker' && agent_id !== boss)
    .map(({ agent_id, specialty }) => {
      const description = known.find(({ name }) => name === agent_id)?.description ?? '';
      return { agent_id, specialty, description };
    });
  if (agents.some(({ role, created }) => role === 'worker' && !created)) return own;
  const taken = new Set([boss, ...NO_MEMBERS, ...agents.map(({ agent_id }) => agent_id)]);
  const others = known.filter(({ name, kind }) => !taken.has(name) && KINDS.includes(kind));
  return [
    ...others.map(({ name, description }) => {
      const specialty = Specialty.options.find((one) => one === name) ?? null;
      return { agent_id: name, specialty, description };
    }),
    ...own,
  ];
}

/** Agents that work for the job itself. */
const NO_MEMBERS: readonly string[] = [BOSS_AGENT, 'planner', VERIFIER_AGENT];
/** People are asked, and a command needs a plan that says which. */
const KINDS: readonly string[] = ['llm', 'http', 'task_queue', 'coding'];

/** The boss and its workers, as shown. */
export function memberViews(state: JobState): MemberView[] {
  const { spec } = state;
  const boss = bossAgent(spec);
  const own = new Map((spec.agents ?? []).map((agent) => [agent.agent_id, agent]));
  const led = taskStateOf(state, BOSS_TASK);
  const first: MemberView = {
    agent_id: boss,
    role: 'boss',
    specialty: own.get(boss)?.specialty ?? null,
    status: led ? statusOf(led) : 'idle',
    task_id: led ? BOSS_TASK : null,
    created: false,
  };
  const tasks = tasksByAgent(state);
  const others = membersOf(state).map(({ agent_id, specialty }): MemberView => {
    const task = currentOf(tasks.get(agent_id) ?? []);
    return {
      agent_id,
      role: 'worker',
      specialty,
      status: task ? statusOf(task) : 'idle',
      task_id: task?.task_id ?? null,
      created: own.get(agent_id)?.created === true,
    };
  });
  return [first, ...others];
}

/** The same by names alone, as lists of jobs show it; undefined where nobody leads. */
export function teamOf(members: readonly MemberView[] = []): TeamView | undefined {
  const named = (wanted: MemberView['role']) =>
    members.filter(({ role }) => role === wanted).map(({ agent_id }) => agent_id);
  const [boss_agent] = named('boss');
  return boss_agent === undefined ? undefined : { boss_agent, workers: named('worker') };
}

/** The tasks of each agent, the boss's own left out, in the order of the plan. */
export function tasksByAgent(state: JobState): Map<string, TaskState[]> {
  const tasks = new Map<string, TaskState[]>();
  for (const task of plannedTasks(state)) {
    const taskState = taskStateOf(state, task.task_id);
    const agent = taskState && agentOf(task, taskState);
    if (!agent || isBossTask(state, task.task_id)) continue;
    tasks.set(agent, [...(tasks.get(agent) ?? []), taskState]);
  }
  return tasks;
}

const currentOf = (tasks: readonly TaskState[]): TaskState | undefined =>
  tasks.findLast((task) => statusOf(task) === 'working') ?? tasks.at(-1);

function statusOf({ status }: TaskState): MemberStatus {
  if (status === 'pending' || status === 'awaiting_approval' || status === 'running') return 'working';
  if (status === 'failed' || status === 'blocked') return 'error';
  return status === 'completed' ? 'done' : 'idle';
}

/** What a task's workflow is told about the agent that leads; nothing in jobs without one. */
export function leadInput(
  state: JobState,
  task: Task,
  agent: string | null,
): Pick<TaskInput, 'leads' | 'led_by' | 'job_agent'> {
  const job_agent = state.spec.agents?.find(({ agent_id }) => agent_id === agent);
  const own = job_agent ? { job_agent } : {};
  if (!isLed(state.spec)) return own;
  if (!isBossTask(state, task.task_id)) return { ...own, led_by: bossAgent(state.spec) };
  return { ...own, leads: { members: membersOf(state), max_workers: state.spec.max_workers } };
}
