import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancelledFailure,
  ChildWorkflowFailure,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { AskAnswer } from '../../contracts/ask.ts';
import type { TaskInput, TaskSettlement } from '../../contracts/attempt.ts';
import type { LeadAnswer } from '../../contracts/lead.ts';
import { BOSS_TASK, taskWorkflowId } from '../../contracts/names.ts';
import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import { agentFor } from '../../core/agents/taker.ts';
import { leadInput } from '../../core/boss/team.ts';
import { dependencyResults } from '../../core/journal/view.ts';
import { hasTeam, matesOf, putBack, takeMessages } from '../../core/messages/messages.ts';
import { settleLease } from '../../core/money/budget.ts';
import { roundUsd } from '../../core/money/cost.ts';
import { clientNames } from '../../core/plan/places.ts';
import { startWork } from '../../core/repository/start.ts';
import { agentOf } from '../../core/schedule/schedule.ts';
import { settleTask } from '../../core/schedule/settle.ts';
import { isBossTask, isLed, plannedTasks, type TaskState } from '../../core/state/job-state.ts';
import { fullSettlement, leanInput } from '../../core/state/lean.ts';
import { fittingResults, HANDED_CHARS } from '../../core/text/fit.ts';
import { textChars } from '../../core/text/weight.ts';
import { short } from '../activities.ts';
import * as messages from '../messages.ts';
import type { LeaseAnswer, PostAnswer, TaskWorkflow } from '../types.ts';
import { inFlight, type Job, now, quietlyInFlight } from './context.ts';
import { sendInTurn } from './send.ts';

/** The task workflows of a job: starts them, takes their ends into the state, talks to them. */
export interface Children {
  start(taskId: string): void;
  /** takes the end of a task that reports by signal into the state */
  settled(settlement: TaskSettlement): void;
  grantSlot(taskId: string): void;
  answerLease(answer: LeaseAnswer & { task_id: string }): void;
  answerAsk(taskId: string, answer: AskAnswer): void;
  answerMerge(taskId: string, answer: MergeAnswer): void;
  answerPost(taskId: string, answer: PostAnswer): void;
  answerLead(answers: LeadAnswer[]): void;
  /** sends agents what was written to them */
  deliver(): void;
  /** cancels every task whose `stop` is set, once */
  stopMarked(): void;
  /** tells the running tasks that do not know it yet to start nothing new, or to go on */
  hold(paused: boolean): void;
  /** asks running tasks to report by signal from now on; each answers `task_adopted`, or ends */
  adopt(): void;
  /** whether a task was asked that */
  isAsked(taskId: string): boolean;
}

export function childrenOf(job: Job): Children {
  const { state } = job;
  /** tasks whose workflow exists: signals reach them */
  const started = new Set(running(job).map((task) => task.task_id));
  /** what each was last told of a pause; those of an earlier run of the job may have missed it */
  const heldSent = new Map<string, boolean>();
  const stopped = new Set<string>();
  /** tasks that a message could not be sent to: their end is on its way, or is found when they are looked after */
  const unreached = new Set<string>();
  /** tasks that were asked to report by signal */
  const asked = new Set<string>();
  const handle = (taskId: string) => getExternalWorkflowHandle(taskWorkflowId(state.job_id, taskId));

  const tell = (taskId: string, message: (to: ReturnType<typeof handle>) => Promise<void>): void => {
    // a task that has closed in the meantime settles by itself
    void inFlight(job, () => message(handle(taskId)).catch(() => undefined));
  };

  /** What is known of the workflow of a task's earlier start is no knowledge of the next one. */
  const forget = (taskId: string): void => {
    for (const known of [started, heldSent, stopped, unreached, asked]) known.delete(taskId);
  };

  async function run(taskId: string): Promise<void> {
    const { generation } = state.tasks[taskId]!;
    // jobs of earlier versions said it when the workflow had started, and replay so
    const sayAtOnce = patched('lean-histories');
    // the start before may have ended without settling: a reset stopped it
    if (sayAtOnce) forget(taskId);
    const saySo = () => {
      const task = state.tasks[taskId]!;
      task.attempt += 1;
      const { attempt, agent } = task;
      job.emit([{ type: 'task.started', task_id: taskId, attempt, data: { agent } }]);
    };
    const settlement = await launch(job, taskId, {
      asked: () => sayAtOnce && saySo(),
      started() {
        started.add(taskId);
        heldSent.set(taskId, false);
        if (!sayAtOnce) saySo();
        else if (isToBeTold(taskId)) job.touch();
      },
    }).catch((error: unknown) => lost(taskId, generation, state.tasks[taskId]!, error));
    await settle(settlement);
  }

  /** Whether something about a task that has just started has waited for that. */
  const isToBeTold = (taskId: string): boolean => {
    const { stop, inbox = [] } = state.tasks[taskId]!;
    return state.paused || stop !== null || inbox.length > 0;
  };

  const settle = (settlement: TaskSettlement) =>
    inFlight(job, async () => {
      const { task_id, generation } = settlement;
      job.taken_chars += textChars(settlement);
      const isOfStart = () => state.tasks[task_id]?.generation === generation;
      // the task may have been started again since
      await (isOfStart() ? settleLeases(job, task_id) : undefined);
      const isCurrent = isOfStart() && state.tasks[task_id]!.status === 'running';
      if (isOfStart()) forget(task_id);
      job.emit(settleTask(state, settlement, now()));
      if (isCurrent) job.emit(putBack(state, task_id, settlement.unread ?? []));
    });

  return {
    start(taskId) {
      void run(taskId);
    },
    settled(settlement) {
      void settle(settlement);
    },
    grantSlot(taskId) {
      tell(taskId, (to) => to.signal(messages.slotGrant));
    },
    answerLease({ task_id, ...answer }) {
      tell(task_id, (to) => to.signal(messages.leaseGrant, answer));
    },
    answerAsk(taskId, answer) {
      tell(taskId, (to) => to.signal(messages.askAnswer, answer));
    },
    answerMerge(taskId, answer) {
      tell(taskId, (to) => to.signal(messages.mergeAnswer, answer));
    },
    answerPost(taskId, answer) {
      tell(taskId, (to) => to.signal(messages.postAnswer, answer));
    },
    answerLead(answers) {
      tell(BOSS_TASK, (to) => to.signal(messages.leadAnswer, { answers }));
    },
    deliver() {
      const inReach = (id: string) => started.has(id) && !unreached.has(id);
      for (const { task_id, messages: given } of takeMessages(state, inReach)) {
        void inFlight(job, () =>
          sendInTurn(job, given, () => handle(task_id).signal(messages.deliver, { messages: given }))
            // it has ended meanwhile
            .catch(() => {
              if (patched('unreached-waits')) unreached.add(task_id);
              job.emit(putBack(state, task_id, given));
            }),
        );
      }
    },
    stopMarked() {
      for (const task of running(job)) {
        if (task.stop === null || stopped.has(task.task_id) || !started.has(task.task_id)) continue;
        stopped.add(task.task_id);
        tell(task.task_id, (to) => to.cancel());
      }
    },
    hold(paused) {
      for (const { task_id } of running(job)) {
        if (!started.has(task_id) || heldSent.get(task_id) === paused) continue;
        heldSent.set(task_id, paused);
        tell(task_id, (to) => to.signal(messages.hold, { paused }));
      }
    },
    adopt() {
      for (const task of running(job)) {
        const { task_id, generation, adopted } = task;
        if (adopted) continue;
        if (!patched('drain-bounded')) {
          asked.add(task_id);
          tell(task_id, (to) => to.signal(messages.reportBySignal));
          continue;
        }
        if (asked.has(task_id) || !started.has(task_id)) continue;
        asked.add(task_id);
        // a workflow that has the signal does not close before it has handled it, however long that takes
        tell(task_id, async (to) => {
          await to.signal(messages.reportBySignal);
          if (state.tasks[task_id]?.generation === generation) state.tasks[task_id].adopted = true;
        });
      }
    },
    isAsked: (taskId) => asked.has(taskId),
  };
}

/** Tasks whose workflow was started and has not settled. */
export const running = (job: Job): TaskState[] =>
  Object.values(job.state.tasks).filter((task) => task.status === 'running');

/** Starts a task's workflow and waits for its end; says when it asks for the start, and when that was done. */
async function launch(
  job: Job,
  taskId: string,
  on: { asked(): void; started(): void },
): Promise<TaskSettlement> {
  const { generation } = job.state.tasks[taskId]!;
  const child = await quietlyInFlight(job, async () => {
    const input = await inputOf(job, taskId);
    return sendInTurn(job, input, () => {
      on.asked();
      return startTask(job, taskId, input);
    });
  });
  on.started();
  return fullSettlement(await child.result(), { task_id: taskId, generation });
}

/** The first pause before a workflow that could not be started is tried again, the longest, and how many there are. */
const START_AGAIN_MS = { first: 200, longest: 10_000, tries: 15 };

async function startTask(job: Job, taskId: string, input: TaskInput) {
  const { first, longest, tries } = START_AGAIN_MS;
  const isStopped = () => job.state.tasks[taskId]?.stop !== null;
  for (let made = 1; ; made += 1) {
    try {
      return await startChild<TaskWorkflow>('taskWorkflow', {
        workflowId: taskWorkflowId(job.state.job_id, taskId),
        args: [leanInput(input)],
        parentClosePolicy: 'ABANDON',
        priority: { priorityKey: PRIORITY[job.state.spec.priority] },
        memo: { title: input.task.title },
      });
    } catch (error) {
      // its earlier run has settled by signal and is about to close
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (!patched('start-again-later')) {
        await sleep('200 milliseconds');
        continue;
      }
      if (made === tries) throw new Occupied();
      const pause = Math.min(longest, first * 2 ** (made - 1));
      if (await condition(isStopped, pause)) throw new CancelledFailure('the task is not wanted any more');
    }
  }
}

class Occupied extends Error {
  override message =
    'another workflow has its id and does not end; look at it in Temporal, terminate it there, and retry the task';
}

const PRIORITY = { critical: 1, high: 2, medium: 3, low: 4 } as const;

async function inputOf(job: Job, taskId: string): Promise<TaskInput> {
  const { state } = job;
  const planned = plannedTasks(state).find((task) => task.task_id === taskId)!;
  const task = state.tasks[taskId]!;
  const taker = agentFor(state, planned, task);
  // the job's own are known to it alone
  const agent = agentOf(planned, task) ?? (taker?.owned ? taker.name : null);
  const sla_seconds = taker?.sla_seconds;
  const known = state.snapshot?.agents.find(({ name }) => name === agent);
  // where a registered agent takes it is settled by each attempt
  const agent_kind = known?.registered ? null : (known?.kind ?? null);
  const client = clientNames(state, taskId);
  const others = agent_kind === 'llm' || agent_kind === null ? matesOf(state, taskId) : [];
  const led = isLed(state.spec);
  // a boss may delegate hundreds at once; each is told about some
  const mates = led ? others.slice(0, LED_MATES) : others;
  const own_depth = state.spec.delegated_by?.depth ?? 0;
  const repository = startWork(state, task);
  const { handed_in } = task;
  delete task.handed_in;
  return {
    job_id: state.job_id,
    owner: state.owner,
    task: { ...planned, description: task.modified_prompt ?? planned.description },
    generation: task.generation,
    attempts_made: handed_in ? task.attempt - 1 : task.attempt,
    previous_failure: task.previous_failure,
    dependencies: fittingResults(dependencyResults(state, planned.depends_on), HANDED_CHARS).results,
    criteria: state.plan!.acceptance_criteria.filter(({ criterion_id }) =>
      planned.acceptance_criteria.includes(criterion_id),
    ),
    // a command is not told of the job
    brief_ref: agent_kind === 'command' ? '' : state.brief_ref,
    // agents have tools that work in the job's folder
    host_id: repository || ['command', 'llm', 'coding'].includes(agent_kind!) ? await hostOf(job) : null,
    host_wait_seconds: job.settings.host_wait_seconds,
    provider: state.spec.provider,
    model: state.spec.model,
    capped: state.budget.limit_usd !== null || planned.budget_usd !== null,
    heartbeat_seconds: job.settings.heartbeat_seconds,
    agent,
    agent_kind,
    ...(sla_seconds === undefined ? {} : { sla_seconds }),
    ...(state.spec.sla_seconds === undefined ? {} : { job_sla_seconds: state.spec.sla_seconds }),
    ...(client?.subtask_id === undefined ? {} : { client: { ...client, subtask_id: client.subtask_id } }),
    thread: task.thread,
    ...(state.spec.carry_chars === undefined ? {} : { carry_chars: state.spec.carry_chars }),
    depth: led && !isBossTask(state, taskId) ? own_depth + 1 : own_depth,
    ...leadInput(state, planned, agent),
    ...(isBossTask(state, taskId) || mates.length === 0 ? {} : { mates }),
    ...(agent_kind === 'command' ? {} : { continue_after_events: job.settings.continue_after_events }),
    ...(hasTeam(state) ? { team: true } : {}),
    priority: state.spec.priority,
    ...(state.spec.no_commands ? { no_commands: true } : {}),
    ...(state.planned ? { planned: true } : {}),
    ...(repository ? { repository } : {}),
    ...(repository && task.handed ? { handed: task.handed.output } : {}),
    ...(repository && handed_in ? { handed_in } : {}),
  };
}

/** Other tasks that the agent of one is told about, if an agent leads. */
const LED_MATES = 20;

const claims = new WeakMap<Job, Promise<string>>();

/** The host with the job's folder: the first that is asked for keeps it. */
export async function hostOf(job: Job): Promise<string> {
  const { state } = job;
  if (state.host_id !== null) return state.host_id;
  const claim =
    claims.get(job) ??
    short.claimHost().then(({ host_id, sandbox }) => {
      if (sandbox) state.sandbox = sandbox;
      return host_id;
    });
  claims.set(job, claim);
  const host = await claim;
  claims.delete(job);
  state.host_id ??= host;
  return state.host_id;
}

/** What the money of a task that ended without saying so was spent on: the ledger knows. */
export async function settleLeases(job: Job, taskId: string): Promise<void> {
  const { budget, tasks } = job.state;
  for (const lease of Object.values(budget.leases).filter((open) => open.task_id === taskId)) {
    const { cost_usd } = await short.closeLease({ lease_id: lease.lease_id });
    if (!budget.leases[lease.lease_id]) continue;
    const task = tasks[taskId]!;
    task.cost_usd = roundUsd(task.cost_usd + cost_usd);
    job.emit(settleLease(budget, lease.lease_id, cost_usd));
  }
}

/** The settlement of a task whose workflow ended without one: terminated from outside, or never started. */
function lost(taskId: string, generation: number, task: TaskState, error: unknown): TaskSettlement {
  const base = { task_id: taskId, generation, attempt: task.attempt, agent: task.agent, worker: null };
  if (isCancellation(error)) return { ...base, outcome: { status: 'cancelled' } };
  const cause =
    error instanceof ChildWorkflowFailure ? (error.cause?.message ?? error.message) : String(error);
  const message =
    error instanceof Occupied
      ? `the task's workflow could not be started: ${error.message}`
      : `the task's workflow ended without a result: ${cause}`;
  return {
    ...base,
    outcome: { status: 'failed', error: { code: 'worker_lost', message, retryable: true }, artifacts: [] },
  };
}
