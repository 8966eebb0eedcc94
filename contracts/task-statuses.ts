/** What a task can be doing, without the schema: workflow code of tasks loads none. */
export const TASK_STATUSES = [
  'pending',
  'awaiting_approval',
  'running',
  'blocked',
  'completed',
  'failed',
  'skipped',
  'cancelled',
] as const;
