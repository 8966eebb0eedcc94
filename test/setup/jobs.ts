import { randomUUID } from 'node:crypto';
import type { WorkflowHandle, WorkflowOptions } from '@temporalio/client';
import { ask } from '../../api/gateway/ask.ts';
import { untilLookedAt } from '../../api/gateway/update.ts';
import type { CommandInput, CommandName } from '../../contracts/command.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { jobWorkflowId, MAIN_QUEUE } from '../../contracts/names.ts';
import type { PlanInput, Task } from '../../contracts/plan.ts';
import { PlanInput as PlanSchema } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { JobView } from '../../contracts/view.ts';
import type { jobWorkflow } from '../../workflows/index.ts';
import * as messages from '../../workflows/messages.ts';
import type { EventsPage, JobInput, UpdateAnswer } from '../../workflows/types.ts';
import { until } from './until.ts';
import type { TestWorker } from './worker.ts';

/** A job in a test, spoken to as the gateway does. */
export interface TestJob {
  job_id: string;
  handle: WorkflowHandle<typeof jobWorkflow>;
  status(): Promise<JobView>;
  /** waits until the job has one of these statuses */
  reach(...statuses: JobView['status'][]): Promise<JobView>;
  /** waits until a task has one of these statuses */
  taskReaches(taskId: string, ...statuses: JobView['tasks'][number]['status'][]): Promise<JobView>;
  update<N extends CommandName>(name: N, args?: CommandInput<N>): Promise<UpdateAnswer>;
  /** the whole journal, from the database and the workflow's tail */
  events(): Promise<JobEvent[]>;
  result(): Promise<{ job_id: string; status: string }>;
}

type TaskDraft = Partial<Task> & { task_id: string };

/** A plan of tasks with titles from their ids; `command` tasks unless they name another agent. */
export function planOf(tasks: TaskDraft[], rest: Partial<PlanInput> = {}): PlanInput {
  const withDefaults = tasks.map((task) => ({
    title: task.task_id,
    agent: 'command',
    ...(task.agent === undefined || task.agent === 'command' ? { command: 'true' } : {}),
    estimated_seconds: 1,
    ...task,
  }));
  return PlanSchema.parse({ tasks: withDefaults, ...rest });
}

/** Starts a job with the given parts of a spec. */
export async function startJob(
  worker: Pick<TestWorker, 'client' | 'store'>,
  spec: Partial<JobSpec> = {},
  settings: JobInput['settings'] = {},
  options: Pick<WorkflowOptions, 'workflowTaskTimeout'> = {},
): Promise<TestJob> {
  const job_id = `t-${randomUUID().slice(0, 12)}`;
  const input: JobInput = {
    job_id,
    owner: 'local',
    body_hash: 'hash',
    created_at: new Date().toISOString(),
    settings: { heartbeat_seconds: 5, ...settings },
    spec: {
      title: 'A test',
      description: 'Something to do',
      constraints: [],
      acceptance_criteria: [],
      max_workers: 5,
      budget_usd: 10,
      provider: null,
      model: null,
      plan: null,
      approval: 'auto',
      max_repair_rounds: 1,
      on_task_failure: 'review',
      priority: 'medium',
      ...spec,
    },
  };
  const handle = await worker.client.workflow.start<typeof jobWorkflow>('jobWorkflow', {
    workflowId: jobWorkflowId(job_id),
    taskQueue: MAIN_QUEUE,
    args: [input],
    memo: {
      title: input.spec!.title,
      owner: input.owner,
      body_hash: input.body_hash,
      created_at: input.created_at,
    },
    ...options,
  });
  return jobHandle(worker, job_id, handle);
}

function jobHandle(
  { store }: Pick<TestWorker, 'store'>,
  job_id: string,
  handle: WorkflowHandle<typeof jobWorkflow>,
): TestJob {
  const status = () => ask<JobView>(handle, messages.statusQuery.name);
  return {
    job_id,
    handle,
    status,
    reach: (...statuses) =>
      untilView(status, (view) => statuses.includes(view.status), `${job_id} to be ${statuses}`),
    taskReaches: (taskId, ...statuses) =>
      untilView(
        status,
        (view) => statuses.includes(view.tasks.find(({ task_id }) => task_id === taskId)!.status),
        `${taskId} to be ${statuses}`,
      ),
    update: (name, args) => {
      const options = { updateId: randomUUID(), args: [(args ?? {}) as never] as [never] };
      return untilLookedAt(
        () => handle.executeUpdate(messages.commandUpdate(name), options),
        async () => (await handle.describe()).status.name === 'RUNNING',
        10_000,
      );
    },
    async events() {
      const flushed = await store.readEvents(job_id, 0, 100_000);
      const after = flushed.at(-1)?.seq ?? 0;
      const { events } = await ask<EventsPage>(handle, messages.eventsQuery.name, [{ after }]);
      return [...flushed, ...events];
    },
    result: () => handle.result(),
  };
}

async function untilView(
  status: () => Promise<JobView>,
  wanted: (view: JobView) => boolean,
  what: string,
): Promise<JobView> {
  let last: JobView | undefined;
  try {
    return await until(
      async () => {
        last = await status();
        return wanted(last) ? last : undefined;
      },
      { what },
    );
  } catch (error) {
    const tasks = last?.tasks.map(({ task_id, status: now, reason, error: why }) => [
      task_id,
      now,
      reason,
      why?.message,
    ]);
    throw new Error(
      `${String(error)}; it is ${last?.status}: ${JSON.stringify({ tasks, error: last?.error })}`,
    );
  }
}
