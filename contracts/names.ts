/**
 * Names shared by everything that talks to Temporal: workflow ids, task queues, search attributes,
 * and the one pattern for ids. Built here and nowhere else.
 */

/** Ids of jobs and tasks: they become workflow ids. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Workflow types, as registered by the worker. */
export const WORKFLOW = {
  job: 'jobWorkflow',
  task: 'taskWorkflow',
  sweep: 'sweepWorkflow',
  delete: 'deleteWorkflow',
  webhooks: 'webhookWorkflow',
  webhookTest: 'webhookTestWorkflow',
} as const;

/** Queue of workflows and of activities that may run on any host. */
export const MAIN_QUEUE = 'orchestrator';

/** Queue of model calls, with a concurrency of their own. */
export const MODEL_QUEUE = 'orchestrator-models';

/** Queue of webhooks: addresses outside that do not answer keep no other work waiting. */
export const WEBHOOK_QUEUE = 'orchestrator-webhooks';

/** Queue of the activities that touch a folder of one host. */
export const hostQueue = (hostId: string): string => `host-${hostId}`;

/** `job-<job_id>` */
export const jobWorkflowId = (jobId: string): string => `job-${jobId}`;

/** Id of a job to which a task of another one delegates: it tells which. */
export const delegatedJobId = (jobId: string, suffix: string): string => `${jobId}.${suffix}`;

/** `job-<job_id>/task-<task_id>` */
export const taskWorkflowId = (jobId: string, taskId: string): string => `job-${jobId}/task-${taskId}`;

/** The job that a workflow is of, its own or that of one of its tasks; null where it is of none. */
export const jobIdOfWorkflow = (workflowId: string): string | null =>
  /^job-([^/]+)(?:\/task-[^/]+)?$/.exec(workflowId)?.[1] ?? null;

/** `delete-<job_id>` */
export const deleteWorkflowId = (jobId: string): string => `delete-${jobId}`;

/** Id of the workflow that sends what is to be sent to one address. */
export const webhookWorkflowId = (endpointId: string): string => `webhooks-${endpointId}`;

/** Id of one try of an address. */
export const webhookTestId = (id: string): string => `webhook-test-${id}`;

/** The signal that tells it that there is something to send. */
export const WEBHOOK_NOTIFICATION = 'webhook_bell';

/** The signal that tells a job that there may be an agent for tasks of it. */
export const AGENT_APPEARED = 'agent_appeared';

/** The update of a job that answers once its plan is there. */
export const PLANNED = 'planned';

/** The signal by which a task's news reaches its job. */
export const TASK_REPORT = 'task_report';

/** The events that a task may have its job write by {@link TASK_REPORT}; a job refuses any other. */
export const REPORTED_EVENTS = [
  'task.progress',
  'task.retrying',
  'task.worker_lost',
  'carry.trimmed',
  'tools.unavailable',
  'usage.estimated',
  'task.committed',
] as const;
export type ReportedEvent = (typeof REPORTED_EVENTS)[number];

/** The one schedule that sweeps, and the prefix of the workflows that it starts. */
export const SWEEP_ID = 'orchestrator-sweep';

/** What a workflow answers to a query that it cannot answer before it has been replayed. */
export const ASK_AGAIN = 'The workflow has to be read again from its history; ask again.';

/** The last argument of a query to a workflow that is known to have ended: nothing follows what its history has. */
export const HAS_ENDED = 'has-ended';

/** Metadata of a value that has to stand in the history itself, see store/content/payload-storage.ts. */
export const KEPT_IN_HISTORY = { kept_in_history: new Uint8Array([1]) };

/** Custom search attributes, both of type Keyword. */
export const SEARCH_ATTRIBUTES = ['JobStatus', 'JobOwner'] as const;

/** Owner of jobs when the service runs without API keys. */
export const LOCAL_OWNER = 'local';

/** The task of the agent that leads a job, where one does. */
export const BOSS_TASK = 'boss';

/** The agent that leads where none is named. */
export const BOSS_AGENT = 'boss';

/** The agent that judges acceptance criteria. It repairs nothing. */
export const VERIFIER_AGENT = 'verifier';
