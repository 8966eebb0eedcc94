import { z } from 'zod';

/** Everything that a journal can say. */
export const EventType = z
  .enum([
    'job.submitted',
    'job.planning',
    'plan.proposed',
    'plan.edited',
    'job.approved',
    'job.rejected',
    'job.running',
    'task.ready',
    'task.started',
    'task.progress',
    'task.completed',
    'task.failed',
    'task.retrying',
    'task.worker_lost',
    'task.parked',
    'task.blocked',
    'task.skipped',
    'task.cancelled',
    'approval.requested',
    'approval.granted',
    'approval.denied',
    'approval.expired',
    'message',
    'artifact.created',
    'budget.reserved',
    'budget.settled',
    'budget.added',
    'budget.exceeded',
    'command.refused',
    'alert',
    'carry.trimmed',
    'tools.unavailable',
    'usage.estimated',
    'job.paused',
    'job.resumed',
    'job.needs_review',
    'job.synthesizing',
    'job.verifying',
    'criterion.judged',
    'repository.prepared',
    'repository.base_checked',
    'task.committed',
    'merge.queued',
    'merge.checked',
    'merge.landed',
    'merge.taken_back',
    'merge.conflict',
    'repository.delivered',
    'job.completed',
    'job.failed',
    'job.cancelled',
  ])
  .meta({ id: 'EventType' });
export type EventType = z.infer<typeof EventType>;

/**
 * What an event `alert` is about, its `data.kind`: a task that can't go on; a job that needs a person; messages that
 * nobody will read; a plan that could not be revised; an approval that is about to expire; a budget of which 80 % are
 * used, or all of which is; a provider of models that gives no answers; a host that is gone, so that a repository job goes
 * on at another one; merges that are tried again because something is in their way.
 */
export const AlertKind = z.enum([
  'task_blocked',
  'job_needs_review',
  'messages_unread',
  'plan_not_revised',
  'approval_expiring',
  'budget_80',
  'budget_100',
  'provider_down',
  'host_lost',
  'merges_stuck',
]);
export type AlertKind = z.infer<typeof AlertKind>;

/** One numbered entry of a job's journal. `seq` counts from 1 without gaps. */
export const JobEvent = z
  .object({
    seq: z.int().positive(),
    job_id: z.string(),
    at: z.iso.datetime(),
    type: EventType,
    task_id: z.string().optional(),
    attempt: z.int().optional(),
    actor: z.string().optional().describe('who asked for it, if anybody did'),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'JobEvent' });
export type JobEvent = z.infer<typeof JobEvent>;

/** An event before the journal gives it its number, job and time. */
export type EventDraft = Omit<JobEvent, 'seq' | 'job_id' | 'at'>;

/**
 * Something quick that is never truth: a line of a running command, a text delta, "job X has event N".
 * Losing one costs latency, not data.
 */
export type LiveNote =
  | {
      kind: 'doorbell';
      job_id: string;
      seq: number;
      /** the next workflow task of the job is as good as there, and the event comes by itself: {@link CommittedNote} */
      soon?: true;
    }
  | {
      kind: 'line';
      job_id: string;
      task_id: string;
      attempt: number;
      stream: 'stdout' | 'stderr';
      text: string;
      at: string;
    }
  | { kind: 'delta'; job_id: string; task_id: string | null; attempt: number; text: string; at: string };

/**
 * Events of a job that Temporal is known to have, next to each other, so that whoever has those before need not ask for
 * them. One that is lost is asked for.
 */
export interface CommittedNote {
  kind: 'committed';
  job_id: string;
  events: JobEvent[];
  /** the job had closed with the last of them */
  closed: boolean;
}

/** What goes from workers to APIs beside the truth: {@link LiveNote}s reach clients as they are. */
export type Note = LiveNote | CommittedNote;
