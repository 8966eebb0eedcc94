import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import {
  deleteWorkflowId,
  HAS_ENDED,
  jobIdOfWorkflow,
  jobWorkflowId,
  MAIN_QUEUE,
  WEBHOOK_NOTIFICATION,
  WORKFLOW,
  webhookWorkflowId,
} from '../contracts/names.ts';
import { putTogether } from '../core/state/parts.ts';

/** What activities ask of the Temporal server itself. */
export interface TemporalPort {
  isRunning(workflowId: string): Promise<boolean>;
  /** whether there is, or was, a workflow of that id, as far as the server remembers */
  isKnown(workflowId: string): Promise<boolean>;
  /** the jobs whose workflow runs, with what their memos say; a moment behind */
  runningJobs(): Promise<{ job_id: string; memo: Record<string, unknown>; started_at: Date }[]>;
  /** whether a worker asked for activities of that queue within the last so many seconds */
  hasPollers(taskQueue: string, withinSeconds: number): Promise<boolean>;
  /** ids of the jobs whose workflow has closed, newest first, at most `limit` */
  closedJobs(limit: number): Promise<string[]>;
  /** ids of running task workflows */
  runningTasks(): Promise<{ workflow_id: string; job_id: string }[]>;
  cancel(workflowId: string): Promise<void>;
  terminate(workflowId: string, reason: string): Promise<void>;
  /** ids of a job's own workflow and its tasks' workflows, with every run that the server still knows */
  runsOf(jobId: string): Promise<{ workflow_id: string; run_id: string; running: boolean }[]>;
  deleteRun(run: { workflow_id: string; run_id: string }): Promise<void>;
  /** of a workflow that has ended; its last run where none is named */
  queryEnded<R>(run: { workflow_id: string; run_id?: string }, name: string): Promise<R>;
  /** run ids of a workflow that have ended, the latest first; throws while another run than `but` goes on */
  endedRuns(workflowId: string, but: string): Promise<string[]>;
  /** what the last run of a workflow returned; null: nothing */
  resultOf<R>(workflowId: string): Promise<R | null>;
  /** a workflow that has closed hears nothing, and that is no error */
  signal(workflowId: string, name: string, argument: unknown): Promise<void>;
  startDeletion(jobId: string): Promise<void>;
  /** says that there is something to send to an address */
  notifyWebhooks(endpointId: string): Promise<void>;
}

/** The port over a client. What is not there any more counts as closed and done. */
export function temporalPort(client: Client): TemporalPort {
  const { workflow, workflowService } = client;
  const { namespace } = client.options;
  return {
    async isRunning(workflowId) {
      const described = await unlessGone(workflow.getHandle(workflowId).describe());
      return described?.status.name === 'RUNNING';
    },
    isKnown: async (workflowId) =>
      (await unlessGone(workflow.getHandle(workflowId).describe())) !== undefined,
    async runningJobs() {
      const query = `WorkflowType = '${WORKFLOW.job}' AND ExecutionStatus = 'Running'`;
      const found = [];
      for await (const { workflowId, memo = {}, startTime } of workflow.list({ query, pageSize: PAGE })) {
        found.push({ job_id: jobIdOfWorkflow(workflowId)!, memo, started_at: startTime });
      }
      return found;
    },
    async hasPollers(taskQueue, withinSeconds) {
      const described = await workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: ACTIVITY_QUEUE,
      });
      // the server's times are cut to seconds here
      const since = Date.now() - (withinSeconds + 1) * 1000;
      return (described.pollers ?? []).some(
        (poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000 >= since,
      );
    },
    async closedJobs(limit) {
      const query = `WorkflowType = '${WORKFLOW.job}' AND ExecutionStatus != 'Running' AND ExecutionStatus != 'ContinuedAsNew'`;
      const ids: string[] = [];
      for await (const { workflowId } of workflow.list({ query, pageSize: PAGE })) {
        ids.push(jobIdOfWorkflow(workflowId)!);
        if (ids.length >= limit) break;
      }
      return ids;
    },
    async runningTasks() {
      const query = `WorkflowType = '${WORKFLOW.task}' AND ExecutionStatus = 'Running'`;
      const found = [];
      for await (const { workflowId } of workflow.list({ query })) {
        found.push({ workflow_id: workflowId, job_id: jobIdOfWorkflow(workflowId)! });
      }
      return found;
    },
    async cancel(workflowId) {
      await unlessGone(workflow.getHandle(workflowId).cancel());
    },
    async terminate(workflowId, reason) {
      await unlessGone(workflow.getHandle(workflowId).terminate(reason));
    },
    async runsOf(jobId) {
      const id = jobWorkflowId(jobId);
      const query = `WorkflowId = '${id}' OR WorkflowId STARTS_WITH '${id}/'`;
      const runs = [];
      for await (const { workflowId, runId, status } of workflow.list({ query })) {
        runs.push({ workflow_id: workflowId, run_id: runId, running: status.name === 'RUNNING' });
      }
      return runs;
    },
    async deleteRun({ workflow_id, run_id }) {
      await unlessGone(
        workflowService.deleteWorkflowExecution({
          namespace,
          workflowExecution: { workflowId: workflow_id, runId: run_id },
        }),
      );
    },
    queryEnded: <R>({ workflow_id, run_id }: { workflow_id: string; run_id?: string }, name: string) =>
      putTogether<R>((part) => {
        const handle = workflow.getHandle(workflow_id, run_id);
        const args = part ? [part, HAS_ENDED] : [HAS_ENDED];
        // this worker may be the only one that can answer, and be stopping
        return Promise.race([
          client.withDeadline(Date.now() + QUERY_MS, () => handle.query<unknown, unknown[]>(name, ...args)),
          Context.current().cancelled,
        ]);
      }),
    async endedRuns(workflowId, but) {
      const runs = [];
      for await (const run of workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
      const ended: { runId: string; closeTime: Date }[] = [];
      for (const { runId, closeTime: listed } of runs.filter((run) => run.runId !== but)) {
        // the list is a little behind, and may know a run that is gone
        const run = listed
          ? { closeTime: listed }
          : await unlessGone(workflow.getHandle(workflowId, runId).describe());
        if (!run) continue;
        if (!run.closeTime) throw new Error(`a run of ${workflowId} is still going on`);
        ended.push({ runId, closeTime: run.closeTime });
      }
      ended.sort((one, other) => other.closeTime.getTime() - one.closeTime.getTime());
      return ended.map(({ runId }) => runId);
    },
    async resultOf<R>(workflowId: string) {
      const handle = workflow.getHandle(workflowId);
      const described = await unlessGone(handle.describe());
      return described?.status.name === 'COMPLETED' ? ((await handle.result()) as R) : null;
    },
    async signal(workflowId, name, argument) {
      await unlessGone(workflow.getHandle(workflowId).signal(name, argument));
    },
    async startDeletion(jobId) {
      await workflow.start(WORKFLOW.delete, {
        workflowId: deleteWorkflowId(jobId),
        taskQueue: MAIN_QUEUE,
        args: [{ job_id: jobId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    },
    async notifyWebhooks(endpointId) {
      await workflow.signalWithStart(WORKFLOW.webhooks, {
        workflowId: webhookWorkflowId(endpointId),
        taskQueue: MAIN_QUEUE,
        args: [{ endpoint_id: endpointId }],
        signal: WEBHOOK_NOTIFICATION,
      });
    },
  };
}

const QUERY_MS = 10_000;

/** temporal.api.enums.v1.TaskQueueType */
const ACTIVITY_QUEUE = 2;

const NOT_FOUND = 5;

/** Workflows that the server lists at once. */
const PAGE = 200;

async function unlessGone<R>(call: Promise<R>): Promise<R | undefined> {
  try {
    return await call;
  } catch (error) {
    const gone = error instanceof WorkflowNotFoundError || (error as { code?: number }).code === NOT_FOUND;
    if (gone) return undefined;
    throw error;
  }
}
