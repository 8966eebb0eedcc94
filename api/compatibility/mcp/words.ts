import type { EventType } from '../../../contracts/event.ts';
import type { JobStatus } from '../../../contracts/status.ts';

/** Status words of this API. */
export type TaskWord = 'running' | 'succeeded' | 'failed' | 'canceled';

/** The word for a job's status. */
export const STATUS_WORDS: Record<JobStatus, TaskWord> = {
  planning: 'running',
  awaiting_approval: 'running',
  running: 'running',
  paused: 'running',
  needs_review: 'failed',
  synthesizing: 'running',
  verifying: 'running',
  completed: 'succeeded',
  failed: 'failed',
  rejected: 'failed',
  cancelled: 'canceled',
};

/** Events that have a name of their own here; the others keep theirs, behind the prefix. */
const EVENT_WORDS: Partial<Record<EventType, string>> = {
  'job.submitted': 'task.started',
  'job.completed': 'task.succeeded',
  'job.failed': 'task.failed',
  'job.rejected': 'task.failed',
  'job.cancelled': 'task.canceled',
  'task.ready': 'step.ready',
  'task.started': 'step.started',
  'task.progress': 'step.progress',
  'task.completed': 'step.succeeded',
  'task.failed': 'step.failed',
  'task.retrying': 'step.retrying',
  'task.worker_lost': 'step.worker_lost',
  'task.parked': 'step.parked',
  'task.blocked': 'step.blocked',
  'task.skipped': 'step.skipped',
  'task.cancelled': 'step.canceled',
  'carry.trimmed': 'workflow.carry.trimmed',
};

/** The name of an event in this API. */
export const eventWord = (type: EventType): string => `orchestra.${EVENT_WORDS[type] ?? type}`;

/** Tools that models look for, and how the same is asked for here. */
export const RETIRED_TOOLS: Record<string, string> = {
  spawn_worker: 'task_start {"kind":"worker","workerId":"...","task":"..."}',
  ask_worker: 'task_start {"kind":"worker","workerId":"...","task":"..."}',
  delegate_task: 'task_start {"kind":"worker","workerId":"...","task":"..."}',
  list_workers: 'task_list {"view":"workers"}',
  list_profiles: 'task_list {"view":"profiles"}',
  list_models: 'task_list {"view":"models"}',
  list_workflows: 'task_list {"view":"workflows"}',
  run_workflow: 'task_start {"kind":"workflow","workflowId":"...","task":"..."}',
  workflow_run: 'task_start {"kind":"workflow","workflowId":"...","task":"..."}',
  memory_put: 'task_start {"kind":"op","op":"memory.put","memory":{"key":"...","value":"..."},"task":"..."}',
  memory_link:
    'task_start {"kind":"op","op":"memory.link","memory":{"fromKey":"...","toKey":"..."},"task":"..."}',
  memory_done: 'task_start {"kind":"op","op":"memory.done","memory":{"taskId":"..."},"task":"..."}',
  plan_tasks:
    'task_start {"task":"..."}, which plans it where that is needed, then task_await {"taskId":"..."}',
  task_status: 'task_peek {"taskId":"..."}',
  task_result: 'task_await {"taskId":"..."}',
  task_stop: 'task_cancel {"taskId":"..."}',
};
