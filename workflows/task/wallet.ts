import { roundUsd } from '../../core/money/cost.ts';
import { newCallId } from '../model-call.ts';
import type { Clock } from './clock.ts';
import type { Task } from './context.ts';

/** Calls that one lease should be enough for. */
const CALLS = 3;

/** The money of an agent that works in turns: one lease of the job's budget after the other. */
export interface Wallet {
  /** the open lease; null: none is needed yet */
  lease_id(): string | null;
  /** what is left in it, in USD */
  left_usd(): number;
  /** it was just filled with all that the budget has, which is less than a call may cost */
  isShort(): boolean;
  /**
   * makes room for several calls, else for one, else for one with as long an answer as the budget can pay; a reason when
   * it can't pay the shortest
   */
  fill(worstCaseUsd: number, leastUsd: number): Promise<{ refused: string | null }>;
  /** the same for one call */
  fillForLast(worstCaseUsd: number, leastUsd: number): Promise<{ refused: string | null }>;
  spend(usd: number): void;
  /** returns the rest */
  close(): Promise<void>;
}

export function openWallet(task: Task, clock: Clock): Wallet {
  let lease: { id: string; amount_usd: number; spent_usd: number; short: boolean } | null = null;
  const close = async () => {
    if (!lease) return;
    const { id, spent_usd } = lease;
    lease = null;
    await task.job.returnLease(id, spent_usd);
  };
  const refill = async (worst: number, least: number, calls: number[]) => {
    await close();
    const id = newCallId(task.input.job_id);
    const amounts: [number, ...number[]] = [atLeast(worst)];
    for (const count of calls) amounts.unshift(atLeast(worst * count));
    const answer = await clock.standStill(() => task.job.lease(id, amounts, atLeast(least)));
    if (answer.refused === null) {
      const { amount_usd } = answer;
      lease = { id, amount_usd, spent_usd: 0, short: amount_usd < atLeast(worst) };
    }
    return { refused: answer.refused };
  };
  return {
    lease_id: () => lease?.id ?? null,
    left_usd: () => (lease ? roundUsd(lease.amount_usd - lease.spent_usd) : 0),
    isShort: () => lease?.short === true && lease.spent_usd === 0,
    fill: (worst, least) => refill(worst, least, [CALLS]),
    fillForLast: (worst, least) => refill(worst, least, []),
    spend(usd) {
      if (lease) lease.spent_usd = roundUsd(lease.spent_usd + usd);
    },
    close,
  };
}

/** Rounded up to what leases are counted in: a billionth of a dollar. */
const atLeast = (usd: number): number => (usd === 0 ? 0 : roundUsd(usd + 1e-9));
