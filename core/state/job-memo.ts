import type { JobSpec } from '../../contracts/spec.ts';
import { stats } from '../journal/stats.ts';
import { budgetView } from '../money/budget.ts';

/** The memo of a job's workflow before it has done anything: what lists of jobs show. */
export function newJobMemo(job: { owner: string; body_hash: string; created_at: string; spec: JobSpec }) {
  const { owner, body_hash, created_at, spec } = job;
  const limit_usd = spec.budget_usd;
  return {
    title: spec.title,
    owner,
    body_hash,
    created_at,
    ...(spec.origin ? { origin: spec.origin } : {}),
    ...(spec.strategy ? { strategy: spec.strategy } : {}),
    status: 'planning' as const,
    stats: stats([]),
    budget: budgetView({ limit_usd, spent_usd: 0, leases: {}, queue: [], exceeded: false }),
  };
}
