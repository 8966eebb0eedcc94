import { roundUsd } from '../../core/budget.ts';
import { newCallId } from '../model-call.ts';
import type { Clock } from './clock.ts';
import type { Task } from './task.ts';

/** Calls that one lease should be enough for. */
const CALLS = 3;
/** Parts of a whole answer that a last turn asks for, if there is no money for all of it. */
const PARTS = [1, 1 / 2, 1 / 4, 1 / 8, 0];

/** The money of an agent that works in turns: one lease of the job's budget after the other. */
export interface Wallet {
  /** the open lease; null: none is needed yet */
  lease_id(): string | null;
  /** what is left in it, in USD */
  left_usd(): number;
  /** makes room for several calls, or for one; a reason when the budget has none */
  fill(worstCaseUsd: number): Promise<{ refused: string | null }>;
  /** makes room for one call with as long an answer as the budget can pay; a reason when it can't pay the shortest */
  fillForLast(worstCaseUsd: number, leastUsd: number): Promise<{ refused: string | null }>;
  spend(usd: number): void;
  /** returns the rest */
  close(): Promise<void>;
}

export function openWallet(task: Task, clock: Clock): Wallet {
  let lease: { id: string; amount_usd: number; spent_usd: number } | null = null;
  const close = async () => {
    if (!lease) return;
    const { id, spent_usd } = lease;
    lease = null;
    await task.job.returnLease(id, spent_usd);
  };
  const refill = async (first: number, ...rest: number[]): Promise<{ refused: string | null }> => {
    await close();
    const id = newCallId(task.input.job_id);
    const answer = await clock.standStill(() => task.job.lease(id, [atLeast(first), ...rest.map(atLeast)]));
    if (answer.refused === null) lease = { id, amount_usd: answer.amount_usd, spent_usd: 0 };
    return { refused: answer.refused };
  };
  return {
    lease_id: () => lease?.id ?? null,
    left_usd: () => (lease ? roundUsd(lease.amount_usd - lease.spent_usd) : 0),
    fill: (worst) => refill(worst * CALLS, worst),
    fillForLast(worst, least) {
      const [whole = worst, ...parts] = PARTS.map((part) => least + (worst - least) * part);
      return refill(whole, ...parts);
    },
    spend(usd) {
      if (lease) lease.spent_usd = roundUsd(lease.spent_usd + usd);
    },
    close,
  };
}

/** Rounded up to what leases are counted in: a hundred-millionth of a dollar. */
const atLeast = (usd: number): number => (usd === 0 ? 0 : roundUsd(usd + 1e-8));
