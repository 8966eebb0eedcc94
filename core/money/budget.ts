import type { EventDraft } from '../../contracts/event.ts';
import type { BudgetView } from '../../contracts/view.ts';
import type { BudgetState, Lease, LeaseRequest } from '../state/job-state.ts';
import { roundUsd } from './cost.ts';

/** Sum of the open leases in USD. */
export const reservedUsd = (budget: BudgetState): number =>
  roundUsd(Object.values(budget.leases).reduce((sum, lease) => sum + lease.amount_usd, 0));

/** What can still be reserved, in USD; null without a cap. */
export const remainingUsd = (budget: BudgetState): number | null =>
  budget.limit_usd === null
    ? null
    : Math.max(0, roundUsd(budget.limit_usd - budget.spent_usd - reservedUsd(budget)));

/**
 * Opens a lease if the budget has room for it, or takes all that there is where that is `leastUsd` at the least; `null`
 * when it is not. `spent + reserved <= limit` holds after it.
 */
export function reserve(
  budget: BudgetState,
  lease: Lease,
  leastUsd: number = lease.amount_usd,
): EventDraft[] | null {
  const remaining = remainingUsd(budget) ?? Number.POSITIVE_INFINITY;
  if (roundUsd(Math.min(leastUsd, lease.amount_usd)) > remaining) return null;
  const amount_usd = Math.min(roundUsd(lease.amount_usd), remaining);
  budget.leases[lease.lease_id] = { ...lease, amount_usd };
  return [
    {
      type: 'budget.reserved',
      ...(lease.task_id ? { task_id: lease.task_id } : {}),
      data: { lease_id: lease.lease_id, amount_usd },
    },
  ];
}

/**
 * Closes a lease with what was really spent. Unknown leases change nothing, so a repeated return is harmless.
 * A provider that billed more than was reserved is recorded as it is, and said.
 */
export function settleLease(budget: BudgetState, leaseId: string, spentUsd: number): EventDraft[] {
  const lease = budget.leases[leaseId];
  if (!lease) return [];
  delete budget.leases[leaseId];
  const spent_usd = roundUsd(spentUsd);
  budget.spent_usd = roundUsd(budget.spent_usd + spent_usd);
  const of = lease.task_id ? { task_id: lease.task_id } : {};
  const events: EventDraft[] = [
    { type: 'budget.settled', ...of, data: { lease_id: leaseId, reserved_usd: lease.amount_usd, spent_usd } },
  ];
  if (budget.limit_usd !== null && budget.spent_usd > budget.limit_usd && !budget.exceeded) {
    budget.exceeded = true;
    events.push({
      type: 'budget.exceeded',
      ...of,
      data: { spent_usd: budget.spent_usd, limit_usd: budget.limit_usd },
    });
  }
  return events;
}

/** Raises the cap. */
export function addBudget(budget: BudgetState, addUsd: number, actor?: string): EventDraft[] {
  if (budget.limit_usd === null) return [];
  budget.limit_usd = roundUsd(budget.limit_usd + addUsd);
  budget.exceeded = budget.spent_usd > budget.limit_usd;
  delete budget.short;
  return [{ type: 'budget.added', actor, data: { add_usd: addUsd, limit_usd: budget.limit_usd } }];
}

/** Puts a request in line; one that is in line or granted already is not doubled. */
export function addLeaseRequest(budget: BudgetState, lease: LeaseRequest): void {
  if (budget.leases[lease.lease_id] || budget.queue.some((queued) => queued.lease_id === lease.lease_id))
    return;
  budget.queue.push(lease);
}

/**
 * Grants queued requests, oldest first, as far as money and `freeSlots` reach: each the first of its amounts that
 * there is. Where the cap could not pay the smallest even if every open lease gave all its money back, the request gets
 * all that is left once they have, if that is its `least_usd`: what is spent makes answers short, what others have
 * reserved does not. One for which that is too little is denied; the rest waits, and holds no slot while it does. A
 * request for money never passes an older one that waits, or small ones could keep a big one waiting for ever.
 * @param needsNoSlot tells tasks that work without one
 */
export function serveQueue(
  budget: BudgetState,
  freeSlots: number,
  needsNoSlot: (taskId: string | null) => boolean = () => false,
): { granted: Lease[]; denied: LeaseRequest[]; events: EventDraft[] } {
  const granted: Lease[] = [];
  const denied: LeaseRequest[] = [];
  const waiting: LeaseRequest[] = [];
  const events: EventDraft[] = [];
  let taken = 0;
  for (const request of budget.queue) {
    const { or_usd = [], least_usd: _, ...lease } = request;
    const least_usd = leastOf(request);
    const left_usd = unspentUsd(budget);
    if (roundUsd(least_usd) > left_usd) {
      denied.push(request);
      budget.short = true;
      continue;
    }
    const free = needsNoSlot(lease.task_id);
    const inTurn = (waiting.length === 0 || least_usd === 0) && (free || taken < freeSlots);
    const isShort = roundUsd(or_usd.at(-1) ?? lease.amount_usd) > left_usd;
    const amounts = isShort ? [left_usd] : [lease.amount_usd, ...or_usd];
    let reserved: EventDraft[] | null = null;
    for (const amount_usd of inTurn ? amounts : []) {
      reserved = reserve(budget, { ...lease, amount_usd });
      if (reserved) break;
    }
    if (reserved) {
      granted.push(budget.leases[lease.lease_id]!);
      if (!free) taken += 1;
      events.push(...reserved);
    } else waiting.push(request);
  }
  budget.queue = waiting;
  return { granted, denied, events };
}

type Amounts = Pick<LeaseRequest, 'amount_usd' | 'or_usd' | 'least_usd'>;

/** What is not spent, reserved or not, in USD; no end of it without a cap. */
const unspentUsd = ({ limit_usd, spent_usd }: BudgetState): number =>
  limit_usd === null ? Number.POSITIVE_INFINITY : Math.max(0, roundUsd(limit_usd - spent_usd));

const leastOf = ({ amount_usd, or_usd = [], least_usd }: Amounts): number =>
  least_usd ?? or_usd.at(-1) ?? amount_usd;

/** Why there is no money for a request, with what is missing: a budget may be too small without being spent. */
export function whyDenied(budget: BudgetState, request: Amounts): string {
  const { amount_usd, or_usd = [] } = request;
  const whole_usd = or_usd.at(-1) ?? amount_usd;
  const least_usd = leastOf(request);
  const left_usd = unspentUsd(budget);
  const missing = (usd: number) => `${upToCent(usd - left_usd)} USD`;
  const short = least_usd < whole_usd;
  return [
    `the next call may cost up to ${shownUsd(whole_usd)} USD`,
    short ? ` (${shownUsd(least_usd)} with the shortest useful answer)` : '',
    `, and ${shownUsd(left_usd)} of the ${budget.limit_usd} USD of the budget are left`,
    `; add ${missing(whole_usd)} or more to continue`,
    short ? ` (${missing(least_usd)} for a short answer)` : '',
  ].join('');
}

/** Money in a sentence: to a hundredth of a cent. */
export const shownUsd = (usd: number): number => Math.round(usd * 1e4) / 1e4;
const upToCent = (usd: number): number => Math.max(0.01, Math.ceil(roundUsd(usd) * 100) / 100);

/** The budget as shown. */
export function budgetView(budget: BudgetState): BudgetView {
  return {
    limit_usd: budget.limit_usd,
    spent_usd: budget.spent_usd,
    reserved_usd: reservedUsd(budget),
    remaining_usd: remainingUsd(budget),
    exceeded: budget.exceeded,
  };
}
