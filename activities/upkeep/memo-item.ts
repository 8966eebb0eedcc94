import { JobListItem } from '../../contracts/view.ts';
import { stats } from '../../core/journal/stats.ts';

/**
 * What the list says of a job of which only the memo of its workflow is known. Whatever of it can't be read any more is
 * left open until the job says more: the job is listed anyway.
 */
export function itemOfMemo(job: {
  job_id: string;
  memo: Record<string, unknown>;
  started_at: Date;
}): JobListItem {
  const { job_id, memo, started_at } = job;
  const unknown: JobListItem = {
    job_id,
    title: job_id,
    status: 'running',
    owner: '',
    created_at: started_at.toISOString(),
    finished_at: null,
    stats: stats([]),
    budget: UNKNOWN_BUDGET,
  };
  const fields = Object.entries(JobListItem.shape).map(([name, schema]) => {
    const told = schema.safeParse(memo[name]);
    return [name, told.success ? told.data : unknown[name as keyof JobListItem]];
  });
  return { ...Object.fromEntries(fields), job_id };
}

const UNKNOWN_BUDGET = {
  limit_usd: null,
  spent_usd: 0,
  reserved_usd: 0,
  remaining_usd: null,
  exceeded: false,
};
