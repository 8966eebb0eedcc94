import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { COMMAND_REFUSED, COMMANDS, type CommandArgs, type CommandName } from '../../contracts/command.ts';
import { fieldIssues, type Problem } from '../../contracts/error.ts';
import { addAsk, askedCall } from '../../core/asks.ts';
import { followWish } from '../../core/boss/answers.ts';
import { progressMessage } from '../../core/boss/reports.ts';
import { settleLease } from '../../core/budget.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import { roundUsd } from '../../core/cost.ts';
import { isBossTask, plannedTasks, taskStateOf } from '../../core/job-state.ts';
import { checkMessage, postMessage } from '../../core/messages.ts';
import { agentOf } from '../../core/schedule.ts';
import { archiveInput, dependencyResults, jobArtifacts, jobResults, jobView } from '../../core/view.ts';
import {
  agentAppeared,
  requestLease,
  requestSlot,
  returnSlot,
  waitingApprovals,
} from '../../core/waiting.ts';
import * as messages from '../messages.ts';
import type { UpdateAnswer } from '../types.ts';
import type { Children } from './children.ts';
import { type Job, now } from './context.ts';
import { eventsAfter } from './journal.ts';

/** Sets all handlers of a job: commands as updates and signals, queries, and what its tasks say. */
export function setHandlers(job: Job, children: Children): void {
  setQueries(job);
  for (const name of Object.keys(COMMANDS) as CommandName[]) setCommand(job, name);
  setTaskSignals(job, children);
}

function setCommand(job: Job, name: CommandName): void {
  setHandler(messages.commandUpdate(name), (input) => follow(job, name, parse(name, input)), {
    validator: (input) => throwProblem(problemOf(job, name, input)),
  });
  setHandler(messages.commandSignal(name), (input) => {
    const problem = problemOf(job, name, input ?? {});
    if (problem) refused(job, name, problem);
    else follow(job, name, parse(name, input ?? {}));
  });
}

/** Cancels the job as the command would; used when the workflow itself is cancelled. */
export function followCancel(job: Job, actor: string): void {
  if (!checkCommand(job.state, 'cancel', {})) follow(job, 'cancel', { actor });
}

function follow<N extends CommandName>(job: Job, name: N, args: CommandArgs<N>): UpdateAnswer {
  const { answer, events } = applyCommand(job.state, name, { actor: 'temporal', ...args }, now());
  job.say(events);
  job.touch();
  const request = job.state.requests.find(({ request_id }) => request_id === args.request_id);
  return request ? { ...answer, body_hash: request.body_hash } : answer;
}

function problemOf(job: Job, name: CommandName, input: unknown): Problem | null {
  const parsed = COMMANDS[name].safeParse(input);
  if (parsed.success) return checkCommand(job.state, name, parsed.data as CommandArgs<typeof name>);
  return {
    code: 'validation',
    message: `the argument of ${name} is not valid`,
    fields: fieldIssues(parsed.error),
  };
}

const parse = <N extends CommandName>(name: N, input: unknown): CommandArgs<N> =>
  COMMANDS[name].parse(input) as CommandArgs<N>;

function throwProblem(problem: Problem | null): void {
  if (problem) throw ApplicationFailure.nonRetryable(problem.message, COMMAND_REFUSED, problem);
}

function refused(job: Job, name: string, problem: Problem): void {
  if (job.state.phase === 'closed') return;
  job.say([{ type: 'command.refused', actor: 'temporal', data: { command: name, ...problem } }]);
}

function setQueries(job: Job): void {
  const { state } = job;
  setHandler(messages.statusQuery, () => jobView(state));
  setHandler(messages.planQuery, (args) => {
    const all = [...state.old_plans, ...(state.plan ? [state.plan] : [])];
    const plan =
      args?.version === undefined ? state.plan : all.find(({ version }) => version === args.version);
    return {
      plan: plan ?? null,
      versions: all.map(({ version }) => version),
      checked: state.plan !== null && state.snapshot_version === state.plan.version,
      problems: state.plan_problems,
    };
  });
  setHandler(messages.eventsQuery, ({ after, limit }) => eventsAfter(state, after, limit));
  setHandler(messages.approvalsQuery, () => waitingApprovals(state, state.created_at));
  setHandler(messages.askedCallQuery, ({ approval_id }) => askedCall(state, approval_id));
  setHandler(messages.artifactsQuery, () => jobArtifacts(state));
  setHandler(messages.resultsQuery, () => jobResults(state));
  setHandler(messages.archiveQuery, () => archiveInput(state));
  setHandler(messages.taskInputQuery, ({ task_id }) => {
    const task = plannedTasks(state).find((planned) => planned.task_id === task_id);
    if (!task) return null;
    const taskState = taskStateOf(state, task_id);
    const agent = taskState ? agentOf(task, taskState) : task.agent;
    const description = taskState?.modified_prompt ?? task.description;
    const dependencies = taskState ? dependencyResults(state, task.depends_on) : [];
    const { title, description: about, constraints, context } = state.spec;
    const asked = { title, description: about, constraints, ...(context === undefined ? {} : { context }) };
    return { job: asked, task: { ...task, agent, description }, dependencies };
  });
}

function setTaskSignals(job: Job, children: Children): void {
  const { state } = job;
  setHandler(messages.leaseRequest, (lease) => {
    const { refused: reason } = requestLease(state, lease);
    const { task_id, lease_id } = lease;
    if (reason !== null) children.answerLease({ task_id, lease_id, granted: false, reason });
    job.touch();
  });
  setHandler(messages.leaseReturn, ({ task_id, lease_id, spent_usd }) => {
    if (!state.budget.leases[lease_id]) return;
    const task = taskStateOf(state, task_id);
    if (task) task.cost_usd = roundUsd(task.cost_usd + spent_usd);
    job.say(settleLease(state.budget, lease_id, spent_usd));
  });
  setHandler(messages.slotReturn, ({ task_id, parked_until, why }) => {
    job.say(returnSlot(state, task_id, parked_until, why));
    job.touch();
  });
  setHandler(messages.slotRequest, ({ task_id }) => {
    if (taskStateOf(state, task_id)?.holds_slot) children.grantSlot(task_id);
    else requestSlot(state, task_id);
    job.touch();
  });
  setHandler(messages.taskReport, ({ task_id, generation, attempt, type, data }) => {
    const task = taskStateOf(state, task_id);
    if (task?.status !== 'running' || task.generation !== generation) return;
    task.attempt = attempt + (type === 'task.retrying' ? 1 : 0);
    job.say([{ type, task_id, attempt, data }]);
    if (type === 'task.progress') job.say(progressMessage(state, task_id, data, now()));
  });
  setHandler(messages.agentAppeared, ({ task_ids }) => {
    job.say(agentAppeared(state, task_ids));
  });
  setHandler(messages.ask, ({ task_id, generation, ask, idle = true }) => {
    if (taskStateOf(state, task_id)?.generation === generation) job.say(addAsk(state, task_id, ask, idle));
  });
  setHandler(messages.postMessage, ({ task_id, generation, post_id, to, content }) => {
    const task = taskStateOf(state, task_id);
    if (task?.status !== 'running' || task.generation !== generation) return;
    const draft = { from_task_id: task_id, to, content };
    const problem = checkMessage(state, draft);
    if (!problem) job.say(postMessage(state, draft, now()));
    children.answerPost(task_id, { post_id, refused: problem?.message ?? null });
    job.touch();
  });
  setHandler(messages.leadRequest, ({ task_id, generation, requests }) => {
    const task = taskStateOf(state, task_id);
    if (task?.status !== 'running' || task.generation !== generation || !isBossTask(state, task_id)) return;
    const answers = requests.flatMap((request) => {
      const { answer, events } = followWish(state, request, now());
      job.say(events);
      return answer ? [answer] : [];
    });
    if (answers.length > 0) children.answerLead(answers);
    job.touch();
  });
  setHandler(messages.taskAdopted, ({ task_id, generation }) => {
    const task = taskStateOf(state, task_id);
    if (task?.generation === generation) task.adopted = true;
    job.touch();
  });
  setHandler(messages.taskSettled, (settlement) => children.settled(settlement));
}
