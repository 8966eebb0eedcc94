import { roundUsd } from '../../core/budget.ts';
import { newCallId } from '../model-call.ts';
import type { Clock } from './clock.ts';
import type { Task } from './task.ts';

/** Calls that one lease should be enough for. */
const CALLS = 3;

/** The money of an agent that works in turns: one lease of the job's budget after the other. */
export interface Wallet {
  /** the open lease; null: none is needed yet */
  lease_id(): string | null;
  /** what is left in it, in USD */
  left_usd(): number;
  /** makes room for a call; a reason when the budget has none, and what was left is then in it again */
  fill(worstCaseUsd: number): Promise<{ refused: string | null }>;
  spend(usd: number): void;
  /** returns the rest */
  close(): Promise<void>;
}

export function openWallet(task: Task, clock: Clock): Wallet {
  let lease: { id: string; amount_usd: number; spent_usd: number } | null = null;
  const left_usd = () => (lease ? roundUsd(lease.amount_usd - lease.spent_usd) : 0);
  const open = async (amount_usd: number): Promise<{ refused: string | null }> => {
    const id = newCallId(task.input.job_id);
    const { refused } = await clock.standStill(() => task.job.lease(id, amount_usd));
    if (refused === null) lease = { id, amount_usd, spent_usd: 0 };
    return { refused };
  };
  const close = async () => {
    if (!lease) return;
    const { id, spent_usd } = lease;
    lease = null;
    await task.job.returnLease(id, spent_usd);
  };
  return {
    lease_id: () => lease?.id ?? null,
    left_usd,
    async fill(worstCaseUsd) {
      const rest = left_usd();
      await close();
      const several = await open(worstCaseUsd * CALLS);
      if (several.refused === null) return several;
      const one = await open(worstCaseUsd);
      if (one.refused !== null && rest > 0) await open(rest);
      return one;
    },
    spend(usd) {
      if (lease) lease.spent_usd = roundUsd(lease.spent_usd + usd);
    },
    close,
  };
}
