import type { CallResult } from '../../contracts/model-call.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { ModelDeps } from './deps.ts';

/**
 * The tokens that `limits.max_tokens_per_job` still gives the job, by the ledger (null: as many as it wants), or a
 * refusal once they are used up. Calls under way at that moment come to their end. A call that was begun before is not
 * judged again: its answer may be there.
 */
export async function jobTokensLeft(
  { config, store }: Pick<ModelDeps, 'config' | 'store'>,
  { call_id, job_id }: PreparedCall,
): Promise<Extract<CallResult, { status: 'refused' }> | { status: 'left'; tokens: number | null }> {
  const most = config.limits.max_tokens_per_job;
  if (most === undefined) return { status: 'left', tokens: null };
  const rows = await store.readLedger(job_id);
  const begun = rows.some((row) => row.call_id === call_id && row.status !== 'released');
  const others = rows.filter((row) => row.call_id !== call_id);
  const used = others.reduce((sum, { usage }) => sum + (usage ? tokensOf(usage) : 0), 0);
  if (begun || used < most) return { status: 'left', tokens: most - used };
  const message = `the job has used ${used} tokens, and limits.max_tokens_per_job of orchestrator.yaml is ${most}; raise it, restart the worker and retry the task, or finish the job with what it has`;
  return { status: 'refused', message };
}

const tokensOf = (usage: Record<string, number>): number =>
  Object.values(usage).reduce((sum, tokens) => sum + tokens, 0);
