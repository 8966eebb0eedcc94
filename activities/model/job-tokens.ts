import type { CallResult, PreparedCall } from '../../contracts/attempt.ts';
import type { ModelDeps } from './deps.ts';

/**
 * Refuses a call once the job has used the tokens that `limits.max_tokens_per_job` gives it, by the ledger; null where
 * it may be made. Calls under way at that moment come to their end. A call that was begun before is not judged again:
 * its answer may be there.
 */
export async function refusedByTokens(
  { config, store }: Pick<ModelDeps, 'config' | 'store'>,
  { call_id, job_id }: PreparedCall,
): Promise<Extract<CallResult, { status: 'refused' }> | null> {
  const most = config.limits.max_tokens_per_job;
  if (most === undefined) return null;
  const rows = await store.readLedger(job_id);
  if (rows.some((row) => row.call_id === call_id && row.status !== 'released')) return null;
  const used = rows.reduce((sum, { usage }) => sum + (usage ? tokensOf(usage) : 0), 0);
  if (used < most) return null;
  const message = `the job has used ${used} tokens, and limits.max_tokens_per_job of orchestrator.yaml is ${most}; raise it, restart the worker and retry the task, or finish the job with what it has`;
  return { status: 'refused', message };
}

const tokensOf = (usage: Record<string, number>): number =>
  Object.values(usage).reduce((sum, tokens) => sum + tokens, 0);
