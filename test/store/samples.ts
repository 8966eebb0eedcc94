import type { JobEvent } from '../../contracts/event.ts';
import type { JobView } from '../../contracts/view.ts';
import type { ArchivedJob, CallStart } from '../../store/index.ts';

/** Events `from` to `to` of a job. */
export function eventsOf(job_id: string, from: number, to: number): JobEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    seq: from + index,
    job_id,
    at: new Date(1_700_000_000_000 + index).toISOString(),
    type: 'task.progress',
    task_id: 'lint',
    data: { message: `step ${from + index}` },
  }));
}

/** A closed job. */
export function closedJob(job_id: string, changes: Partial<JobView> = {}): ArchivedJob {
  const stats = {
    total: 0,
    pending: 0,
    awaiting_approval: 0,
    running: 0,
    blocked: 0,
    completed: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
  };
  const view: JobView = {
    job_id,
    title: `Job ${job_id}`,
    owner: 'ann',
    status: 'completed',
    cancel_requested: false,
    error: null,
    tasks: [],
    workers: [],
    budget: { limit_usd: 10, spent_usd: 0.25, reserved_usd: 0, remaining_usd: 9.75, exceeded: false },
    stats,
    plan_version: 1,
    critical_path: [],
    file_conflicts: [],
    criteria: [],
    partial: false,
    accepted_by: null,
    synthesis: 'All is well.\0',
    synthesis_artifact_id: null,
    warnings: [],
    created_at: '2026-01-01T00:00:00.000Z',
    finished_at: '2026-01-01T00:01:00.000Z',
    temporal: { workflow_id: `job-${job_id}`, ui_url: null },
    ...changes,
  };
  return { view, plans: [], body_hash: 'b0d1', artifacts: [], requests: [] };
}

/** A model call that is about to be made. */
export function callStart(call_id: string, changes: Partial<CallStart> = {}): CallStart {
  return {
    call_id,
    job_id: 'job-a',
    task_id: 'write',
    attempt: 1,
    agent: 'general',
    purpose: 'task',
    provider: 'anthropic',
    model: 'some-model',
    reserved_usd: 0.5,
    lease_id: null,
    price: { input_usd: 3, output_usd: 15, cache_read_usd: 0.3, cache_write_usd: 3.75, source: 'config' },
    ...changes,
  };
}
