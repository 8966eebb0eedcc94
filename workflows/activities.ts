import { type ActivityOptions, proxyActivities, proxySinks, type Sinks } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import type { AttemptRequest } from '../contracts/attempt.ts';
import type { JobEvent } from '../contracts/event.ts';
import { hostQueue, MAIN_QUEUE, MODEL_QUEUE } from '../contracts/names.ts';

/**
 * Reads and writes of our own that are done in a moment: one whose worker was killed is repeated soon. No local
 * activities, though those were cheaper: on a busy machine, with queries in between, SDK 1.24.0 hands their result
 * to the workflow in a later task than a replay does, and the job can never be replayed again.
 */
export const short = proxyActivities<Activities>({
  taskQueue: MAIN_QUEUE,
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', maximumInterval: '10 seconds' },
});

/** What may take longer. */
export const patient = proxyActivities<Activities>({
  taskQueue: MAIN_QUEUE,
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** What asks servers of tools that somebody else runs: it heartbeats, so that a cancellation reaches it. */
export const preparing = proxyActivities<Activities>({
  taskQueue: MAIN_QUEUE,
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** Removal of what the server takes its time to remove. */
export const slow = proxyActivities<Activities>({
  taskQueue: MAIN_QUEUE,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** What a job is recovered with: it waits for tasks to stop, and for as long as nobody can answer. */
export const { recoverJob } = proxyActivities<Activities>({
  taskQueue: MAIN_QUEUE,
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
});

/** How often an activity may lose its worker, or its answer, within one attempt. */
const LOST_WORKERS = 3;

/**
 * Options of an agent's work: it heartbeats, ends before its cancellation is said to be done, and is repeated
 * only for lost workers and transport. Its clock is the workflow's.
 */
export function workOptions(heartbeatSeconds: number, timeoutSeconds: number): ActivityOptions {
  return {
    taskQueue: MAIN_QUEUE,
    heartbeatTimeout: heartbeatSeconds * 1000,
    // later than the workflow's own clock, which is the one that counts
    startToCloseTimeout: timeoutSeconds * 1000 + 60_000,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      maximumAttempts: LOST_WORKERS,
      initialInterval: '500 milliseconds',
      maximumInterval: '5 seconds',
    },
  };
}

/** Work on any host. */
export const work = (heartbeatSeconds: number, timeoutSeconds: number) =>
  proxyActivities<Activities>(workOptions(heartbeatSeconds, timeoutSeconds));

/** Calls of models. */
export const modelWork = (heartbeatSeconds: number, timeoutSeconds: number) =>
  proxyActivities<Activities>({ ...workOptions(heartbeatSeconds, timeoutSeconds), taskQueue: MODEL_QUEUE });

/** A command, where the job's folder lies: its activity keeps to the attempt's time, where that is not the workflow's. */
export function commandOnHost(hostId: string, request: AttemptRequest) {
  const { heartbeat_seconds, host_wait_seconds, task, limit_ms } = request;
  if (limit_ms === undefined)
    return workOnHost(hostId, heartbeat_seconds, task.timeout_seconds, host_wait_seconds);
  const { startToCloseTimeout, ...options } = workOptions(heartbeat_seconds, limit_ms / 1000);
  return proxyActivities<Activities>({
    ...options,
    taskQueue: hostQueue(hostId),
    scheduleToStartTimeout: Math.min(host_wait_seconds * 1000, limit_ms),
    // over all repetitions
    scheduleToCloseTimeout: startToCloseTimeout!,
  });
}

/** Work where the job's folder lies. */
export const workOnHost = (
  hostId: string,
  heartbeatSeconds: number,
  timeoutSeconds: number,
  hostWaitSeconds: number,
) =>
  proxyActivities<Activities>({
    ...workOptions(heartbeatSeconds, timeoutSeconds),
    taskQueue: hostQueue(hostId),
    scheduleToStartTimeout: hostWaitSeconds * 1000,
  });

/**
 * What works in the mirror of a job's repository, or in clones of it. It may be repeated as often as its worker is lost:
 * each gives the same however often it is begun.
 */
export const repositoryOnHost = (
  hostId: string,
  { heartbeat_seconds, host_wait_seconds }: { heartbeat_seconds: number; host_wait_seconds: number },
  timeoutSeconds = 3600,
) =>
  proxyActivities<Activities>({
    ...workOptions(heartbeat_seconds, timeoutSeconds),
    taskQueue: hostQueue(hostId),
    scheduleToStartTimeout: host_wait_seconds * 1000,
    retry: { maximumAttempts: 10, initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
  });

/** An event, as the log tells of it. */
export interface EventLine {
  type: string;
  task_id?: string;
  /** ids that a client of agent brokerage has for job and task; left out: not such a job */
  client?: { task_id: string; subtask_id?: string };
  data: unknown;
}

/** What the worker does at once and without history: tells readers of the journal, writes log lines. */
export interface WorkerSinks extends Sinks {
  journal: {
    /** up to `seq`; `soon`: the job's next workflow task is as good as there */
    published(jobId: string, seq: number, lines: EventLine[], soon: boolean): void;
    /** events that Temporal has for sure; `closed`: the job had closed with the last of them */
    committed(jobId: string, events: JobEvent[], closed: boolean): void;
  };
}
export const sinks = proxySinks<WorkerSinks>();
