import { JobListItem } from '../../contracts/view.ts';
import { stats } from '../../core/journal/stats.ts';

const { shape } = JobListItem;

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
  const whole = JobListItem.safeParse({ ...memo, job_id, finished_at: memo.finished_at ?? null });
  if (whole.success) return whole.data;
  return {
    job_id,
    title: shape.title.catch(job_id).parse(memo.title),
    status: shape.status.catch('running').parse(memo.status),
    owner: shape.owner.catch('').parse(memo.owner),
    created_at: shape.created_at.catch(started_at.toISOString()).parse(memo.created_at),
    finished_at: null,
    stats: shape.stats.catch(stats([])).parse(memo.stats),
    budget: shape.budget.catch(UNKNOWN_BUDGET).parse(memo.budget),
    origin: shape.origin.catch(undefined).parse(memo.origin),
    strategy: shape.strategy.catch(undefined).parse(memo.strategy),
    team: shape.team.catch(undefined).parse(memo.team),
  };
}

const UNKNOWN_BUDGET = {
  limit_usd: null,
  spent_usd: 0,
  reserved_usd: 0,
  remaining_usd: null,
  exceeded: false,
};
