import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { z } from 'zod';
import { asTaken } from '../../contracts/as-taken.ts';
import { COMMAND_REFUSED, COMMANDS, type CommandArgs, type CommandName } from '../../contracts/command.ts';
import { fieldIssues, type Problem } from '../../contracts/error.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import {
  archiveInput,
  dependencyResults,
  jobArtifacts,
  jobResults,
  jobView,
} from '../../core/journal/view.ts';
import { askedCall } from '../../core/messages/asks.ts';
import { jobChanges } from '../../core/repository/view.ts';
import { agentOf } from '../../core/schedule/schedule.ts';
import { waitingApprovals } from '../../core/schedule/waiting.ts';
import { jobStatus, plannedTasks, taskStateOf } from '../../core/state/job-state.ts';
import { MAX_ARGUMENT_DEPTH, tooDeep } from '../../core/text/json-depth.ts';
import { textChars } from '../../core/text/weight.ts';
import * as messages from '../messages.ts';
import { wasReset } from '../reset.ts';
import type { UpdateAnswer } from '../types.ts';
import { answersOf } from './answers.ts';
import type { Children } from './children.ts';
import { type Job, now } from './context.ts';
import { eventsAfter } from './journal.ts';
import { onPlanned } from './planned.ts';
import { bounded, refuse } from './refuse.ts';
import { setTaskSignals } from './task-signals.ts';

/** Sets all handlers of a job: commands as updates and signals, queries, and what its tasks say. */
export function setHandlers(job: Job, children: Children): void {
  setQueries(job);
  for (const name of Object.keys(COMMANDS) as CommandName[]) setCommand(job, name);
  setHandler(messages.plannedUpdate, () => onPlanned(job));
  setTaskSignals(job, children);
}

function setCommand(job: Job, name: CommandName): void {
  // a replay calls no validator: what was accepted once is followed, whatever the schema has become
  const taken = (input: unknown) =>
    asTaken(COMMANDS[name] as z.ZodType<CommandArgs<typeof name>>, input ?? {});
  setHandler(messages.commandUpdate(name), (input) => follow(job, name, taken(input)), {
    validator: (input) => throwProblem(problemOf(job, name, input ?? {})),
  });
  setHandler(messages.commandSignal(name), (input) => {
    const problem = problemOf(job, name, input ?? {});
    if (problem) refuse(job, name, problem);
    else follow(job, name, taken(input));
  });
}

/** Cancels the job as the command would; used when the workflow itself is cancelled. */
export function followCancel(job: Job, actor: string): void {
  if (!checkCommand(job.state, 'cancel', {})) follow(job, 'cancel', { actor });
}

function follow<N extends CommandName>(job: Job, name: N, args: CommandArgs<N>): UpdateAnswer {
  job.taken_chars += textChars(args);
  const { answer, events } = applyCommand(job.state, name, { actor: 'temporal', ...args }, now());
  job.emit(events);
  job.touch();
  const request = job.state.requests.find(({ request_id }) => request_id === args.request_id);
  if (!request) return answer;
  // its repetition gets the same answer, and what the job was then
  request.now ??= { status: jobStatus(job.state), seq: job.state.journal.next_seq - 1 };
  return { ...answer, body_hash: request.body_hash, now: request.now };
}

function problemOf(job: Job, name: CommandName, input: unknown): Problem | null {
  if (tooDeep(input, MAX_ARGUMENT_DEPTH)) {
    return { code: 'validation', message: `the argument of ${name} is nested too deeply` };
  }
  const parsed = COMMANDS[name].safeParse(input);
  if (parsed.success) return checkCommand(job.state, name, parsed.data as CommandArgs<typeof name>);
  return {
    code: 'validation',
    message: `the argument of ${name} is not valid`,
    fields: fieldIssues(parsed.error),
  };
}

/** How many wrong fields the refusal of an update names. */
const TOLD_FIELDS = 500;

function throwProblem(problem: Problem | null): void {
  if (problem) {
    const told = bounded(problem, TOLD_FIELDS);
    throw ApplicationFailure.nonRetryable(told.message, COMMAND_REFUSED, told);
  }
}

function setQueries(job: Job): void {
  const { state } = job;
  const on = answersOf(job);
  on(messages.statusQuery, () => jobView(state));
  on(messages.planQuery, (args) => {
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
  on(messages.eventsQuery, (args) => eventsAfter(state, args?.after ?? 0, args?.limit));
  on(messages.approvalsQuery, () => waitingApprovals(state, state.created_at));
  on(messages.askedCallQuery, (args) => askedCall(state, args?.approval_id ?? ''));
  on(messages.artifactsQuery, () => jobArtifacts(state));
  on(messages.resultsQuery, () => jobResults(state));
  on(messages.changesQuery, () => jobChanges(state) ?? null);
  on(messages.archiveQuery, () => archiveInput(state));
  on(messages.stateQuery, () => (wasReset() ? null : state));
  on(messages.taskInputQuery, (args) => {
    const task = plannedTasks(state).find((planned) => planned.task_id === args?.task_id);
    if (!task) return null;
    const { task_id } = task;
    const taskState = taskStateOf(state, task_id);
    const agent = taskState ? agentOf(task, taskState) : task.agent;
    const description = taskState?.modified_prompt ?? task.description;
    const dependencies = taskState ? dependencyResults(state, task.depends_on) : [];
    const { title, description: about, constraints, context } = state.spec;
    const asked = { title, description: about, constraints, ...(context === undefined ? {} : { context }) };
    return { job: asked, task: { ...task, agent, description }, dependencies };
  });
}
