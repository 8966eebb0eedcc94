import { roundUsd } from '../../core/money/cost.ts';
import { newCallId } from '../model-call.ts';
import type { Clock } from './clock.ts';
import type { Task } from './context.ts';

/** Calls that one lease should be enough for. */
const CALLS = [3];

/** The money of an agent that works in turns: a lease of the job's budget, renewed when it no longer covers the next call. */
export interface TurnLease {
  /** the current lease; null: none is needed yet */
  lease_id(): string | null;
  /** what is left in it, in USD */
  left_usd(): number;
  /** it was just renewed with all that the budget has, which is less than a call may cost */
  isShort(): boolean;
  /**
   * leases money for several calls, else for one, else for one with as long an answer as the budget can pay for; a reason
   * when it can't pay for the shortest
   */
  renew(worstCaseUsd: number, leastUsd: number): Promise<{ refused: string | null }>;
  /** the same for one call */
  renewForLast(worstCaseUsd: number, leastUsd: number): Promise<{ refused: string | null }>;
  spend(usd: number): void;
  /** gives back what is left */
  close(): Promise<void>;
}

/** @param several calls that a lease should be enough for, fewest first */
export function openTurnLease(task: Task, clock: Clock, several = CALLS): TurnLease {
  let open: { id: string; amount_usd: number; spent_usd: number; short: boolean } | null = null;
  const close = async () => {
    if (!open) return;
    const { id, spent_usd } = open;
    open = null;
    await task.job.returnLease(id, spent_usd);
  };
  const refill = async (worst: number, least: number, calls: readonly number[]) => {
    await close();
    const id = newCallId(task.input.job_id);
    const amounts: [number, ...number[]] = [atLeast(worst)];
    for (const count of calls) amounts.unshift(atLeast(worst * count));
    const answer = await clock.pauseClock(() => task.job.lease(id, amounts, atLeast(least)));
    if (answer.refused === null) {
      const { amount_usd } = answer;
      open = { id, amount_usd, spent_usd: 0, short: amount_usd < atLeast(worst) };
    }
    return { refused: answer.refused };
  };
  return {
    lease_id: () => open?.id ?? null,
    left_usd: () => (open ? roundUsd(open.amount_usd - open.spent_usd) : 0),
    isShort: () => open?.short === true && open.spent_usd === 0,
    renew: (worst, least) => refill(worst, least, several),
    renewForLast: (worst, least) => refill(worst, least, []),
    spend(usd) {
      if (open) open.spent_usd = roundUsd(open.spent_usd + usd);
    },
    close,
  };
}

/** Rounded up to what leases are counted in: a billionth of a dollar. */
const atLeast = (usd: number): number => (usd === 0 ? 0 : roundUsd(usd + 1e-9));
