import type { Schemas } from '../../client/client.ts';
import type { JobEvent } from '../../contracts/event.ts';

type Job = Schemas['Job'];
type TaskView = Schemas['TaskView'];

/** What an event says of a job's status at once; the rest comes with the next read of it. */
const JOB_STATUS: Partial<Record<JobEvent['type'], Job['status']>> = {
  'job.planning': 'planning',
  'job.running': 'running',
  'job.paused': 'paused',
  'job.needs_review': 'needs_review',
  'job.synthesizing': 'synthesizing',
  'job.verifying': 'verifying',
  'job.rejected': 'rejected',
  'job.completed': 'completed',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
};

const TASK_STATUS: Partial<Record<JobEvent['type'], TaskView['status']>> = {
  'task.started': 'running',
  'task.completed': 'completed',
  'task.failed': 'failed',
  'task.blocked': 'blocked',
  'task.skipped': 'skipped',
  'task.cancelled': 'cancelled',
};

/**
 * A job as it is after some events, as far as they say: statuses, attempts and counts. What they do not touch stays
 * the same object, so that only what changed is drawn again.
 */
export function applyEvents(job: Job, events: readonly JobEvent[]): Job {
  const changed = new Map<string, Partial<TaskView>>();
  let { status } = job;
  for (const event of events) {
    status = JOB_STATUS[event.type] ?? status;
    const change = taskChange(event);
    if (event.task_id !== undefined && change !== undefined) {
      changed.set(event.task_id, { ...changed.get(event.task_id), ...change });
    }
  }
  if (changed.size === 0) return status === job.status ? job : { ...job, status };
  const tasks = job.tasks.map((task) => {
    const change = changed.get(task.task_id);
    return change === undefined ? task : { ...task, ...change };
  });
  return { ...job, status, tasks, stats: statsOf(tasks, job.stats) };
}

function taskChange({ type, at, attempt, data }: JobEvent): Partial<TaskView> | undefined {
  if (type === 'approval.requested' && data.kind === 'gate') return { status: 'awaiting_approval' };
  if (type === 'task.retrying') {
    return data.by === undefined
      ? undefined
      : { status: 'pending', reason: null, error: null, finished_at: null };
  }
  const status = TASK_STATUS[type];
  if (status === undefined) return undefined;
  if (status === 'running')
    return { status, attempt: attempt ?? 1, started_at: at, reason: null, error: null };
  const reason = typeof data.reason === 'string' ? data.reason : null;
  return { status, reason, ...(status === 'blocked' ? {} : { finished_at: at }) };
}

function statsOf(tasks: readonly TaskView[], before: Job['stats']): Job['stats'] {
  const stats = Object.fromEntries(Object.keys(before).map((name) => [name, 0])) as Job['stats'];
  stats.total = tasks.length;
  for (const { status } of tasks) stats[status] += 1;
  return stats;
}
