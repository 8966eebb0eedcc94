import type { JobSpec } from '../../contracts/spec.ts';
import type { JobHead } from '../../contracts/telemetry.ts';
import { stats } from '../journal/stats.ts';
import { budgetView } from '../money/budget.ts';

/** What the list says of a job from its beginning. */
export function jobHead({ spec, created_at }: { spec: JobSpec; created_at: string }): JobHead {
  const { title, origin, strategy } = spec;
  return {
    title,
    created_at,
    ...(origin ? { origin } : {}),
    ...(strategy ? { strategy } : {}),
  };
}

/** The memo of a job's workflow before it has done anything: what lists of jobs show. */
export function newJobMemo(job: { owner: string; body_hash: string; created_at: string; spec: JobSpec }) {
  const { owner, body_hash, spec } = job;
  const limit_usd = spec.budget_usd;
  return {
    ...jobHead(job),
    owner,
    body_hash,
    status: 'planning' as const,
    stats: stats([]),
    budget: budgetView({ limit_usd, spent_usd: 0, leases: {}, queue: [], exceeded: false }),
  };
}
