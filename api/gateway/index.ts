import { WorkflowNotFoundError } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { TemporalTarget } from '../../config/temporal-connection.ts';
import type { CallbackAnswer } from '../../contracts/attempt.ts';
import type { CommandInput, CommandName } from '../../contracts/command.ts';
import type { WebhookTestBody, WebhookTested } from '../../contracts/webhook.ts';
import { createTurns } from '../turns.ts';
import {
  type CommandMeta,
  type CommandSent,
  reusedKey,
  sendCommand,
  signalAgentAppeared,
  signalCallback,
  startDeletion,
} from './commands.ts';
import { readEngine, type TemporalEngine } from './engine.ts';
import { describeJob, type JobDescription, type NewJob } from './jobs.ts';
import { openLink } from './link.ts';
import { readLoad, type TemporalLoad } from './load.ts';
import { type StartedJob, startPlanned } from './planned.ts';
import { countPollers } from './pollers.ts';
import { type JobQueries, queryConversation, queryJob } from './queries.ts';
import { notifyWebhooks, testWebhook } from './webhooks.ts';
import { describeWork, type WorkInProgress } from './work.ts';
import { watchWrites } from './writes.ts';

/** Everything that the API asks of Temporal; nothing else in the API knows its client. */
export interface Gateway {
  /** starts a job and waits so many milliseconds for its plan */
  startJob(job: NewJob, milliseconds: number): Promise<StartedJob>;
  describeJob(job_id: string): Promise<JobDescription | undefined>;
  sendCommand<N extends CommandName>(
    job_id: string,
    name: N,
    args: Omit<CommandInput<N>, keyof CommandMeta>,
    meta: CommandMeta,
  ): Promise<CommandSent>;
  queryJob<N extends keyof JobQueries>(
    job_id: string,
    name: N,
    ...args: JobQueries[N]['args']
  ): Promise<JobQueries[N]['answer']>;
  /** what the agent of a running task said so far */
  queryConversation(job_id: string, task_id: string): Promise<string | null>;
  /** who works on the given tasks at the moment, by task_id */
  describeWork(job_id: string, task_ids: readonly string[]): Promise<Map<string, WorkInProgress>>;
  signalCallback(workflow_id: string, answer: CallbackAnswer): Promise<void>;
  /** tells a job that there may be an agent for tasks of it that wait for one */
  signalAgentAppeared(job_id: string, task_ids: string[]): Promise<void>;
  startDeletion(job_id: string): Promise<void>;
  /** says that there is something to send to an address */
  notifyWebhooks(endpoint_id: string): Promise<void>;
  /** has a worker try an address once */
  testWebhook(input: WebhookTestBody & { owner: string }): Promise<WebhookTested>;
  /** Whether Temporal answers and takes writes, and how many worker processes poll the main queue. */
  health(): Promise<{ temporal: boolean; workers: number }>;
  /** How much work waits for workers. Throws where Temporal does not say. */
  load(): Promise<TemporalLoad>;
  /** What Temporal is, where it is, and how its queues are. Never throws. */
  engine(): Promise<TemporalEngine & { address: string }>;
  close(): Promise<void>;
}

/**
 * A gateway to the given Temporal. It connects at the first call, and again by itself whenever that breaks.
 * @param payloads where what is too large for a history lies: `payloads` of the store
 * @param settings of the jobs that it starts, where they differ from the defaults
 */
export function createGateway(
  target: TemporalTarget,
  payloads: DataConverter,
  settings: NewJob['settings'] = {},
): Gateway {
  const link = openLink(target, payloads);
  const turns = createTurns();
  const takesWrites = watchWrites(link);
  return {
    startJob: (job, milliseconds) => startPlanned(link, { ...job, settings }, milliseconds),
    describeJob: (job_id) => turns(`describe ${job_id}`, () => describeJob(link, job_id)),
    sendCommand: (job_id, name, args, meta) => sendCommand(link, job_id, name, args, meta),
    queryJob: (job_id, name, ...args) =>
      turns(`query ${JSON.stringify([job_id, name, args])}`, () => queryJob(link, job_id, name, args)),
    queryConversation: (job_id, task_id) => queryConversation(link, job_id, task_id),
    describeWork: (job_id, task_ids) => describeWork(link, job_id, task_ids),
    signalCallback: (workflow_id, answer) => signalCallback(link, workflow_id, answer),
    signalAgentAppeared: (job_id, task_ids) => signalAgentAppeared(link, job_id, task_ids),
    startDeletion: (job_id) => startDeletion(link, job_id),
    notifyWebhooks: (endpoint_id) => notifyWebhooks(link, endpoint_id),
    testWebhook: (input) => testWebhook(link, input),
    health: () =>
      turns('health', async () => {
        if (!(await link.ping())) return { temporal: false, workers: 0 };
        const [temporal, workers] = await Promise.all([takesWrites(), countPollers(link)]);
        return { temporal, workers };
      }),
    load: () => readLoad(link),
    engine: () => turns('engine', async () => ({ address: target.address, ...(await readEngine(link)) })),
    close: () => link.close(),
  };
}

export type { NewJob, StartedJob, TemporalLoad };
export { reusedKey };

/** Whether an error says that Temporal has no such workflow, or only a closed one. */
export const isWorkflowGone = (error: unknown): boolean => error instanceof WorkflowNotFoundError;
