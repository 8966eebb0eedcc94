/** What limits are on: requests, and tokens as a whole or by direction. */
export const DIMENSIONS = ['requests', 'tokens', 'input_tokens', 'output_tokens'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export type Amounts = Partial<Record<Dimension, number>>;

/** So many in any stretch of that length. */
export interface Allowance {
  amount: number;
  window_ms: number;
}
export type Allowances = Partial<Record<Dimension, Allowance>>;

/** What a provider said of a limit of its own: a bucket that fills steadily. */
export interface Told {
  limit: number;
  /** what was in it then */
  level: number;
  at: number;
  per_ms: number;
}

/** A bucket of a model, as plain JSON. Times are epoch milliseconds. */
export interface Bucket {
  /** what was taken, by the time at which it is back */
  taken: Partial<Record<Dimension, [back_at: number, amount: number][]>>;
  /** who was sent away, in the order in which they came */
  waiting: { id: string; due_at: number; cost: Amounts }[];
  told: Partial<Record<Dimension, Told>>;
}

/** A place in the queue is kept for so long after its time has come. */
const GRACE_MS = 5000;

/** Rates that a provider says are read from rounded numbers, and windows are longer by a margin. */
const TOLERANCE = 1.2;

/** Times at which taken amounts are back are rounded to this share of the window, so that the list stays short. */
const GRAIN = 1 / 100;

export const emptyBucket = (): Bucket => ({ taken: {}, waiting: [], told: {} });

/**
 * Takes a cost from the bucket, or says how long to wait. What is taken is back one window later, not bit by bit:
 * a bucket that fills steadily lets nearly twice its amount through in one window, after a rest.
 *
 * Who has to wait and gives an `id` keeps its place: those after it are told later times, and find nothing that
 * it was promised. A cost above the whole allowance goes when the bucket is full.
 */
export function takeFrom(
  before: Bucket,
  allowances: Allowances,
  ask: { id: string | null; cost: Amounts; now: number },
): { bucket: Bucket; wait_ms: number } {
  const { id, cost, now } = ask;
  const bucket = pruned(before, now);
  const place = bucket.waiting.findIndex((waiter) => waiter.id === id);
  const ahead = place === -1 ? bucket.waiting : bucket.waiting.slice(0, place);
  const others = bucket.waiting.filter((waiter) => waiter.id !== id);
  const due_at = Math.max(
    now,
    ...ahead.map((waiter) => waiter.due_at),
    ...DIMENSIONS.map((dimension) =>
      Math.max(
        freeAt(bucket, dimension, unlessTold(bucket, dimension, allowances[dimension]), ahead, cost, now),
        refilledAt(bucket.told[dimension], dimension, ahead, cost, now),
      ),
    ),
  );
  if (due_at <= now) {
    return { bucket: { ...spent(bucket, allowances, cost, now), waiting: others }, wait_ms: 0 };
  }
  const wait_ms = Math.ceil(due_at - now);
  if (id === null) return { bucket, wait_ms };
  const waiting = [...bucket.waiting];
  waiting.splice(place === -1 ? waiting.length : place, place === -1 ? 0 : 1, { id, due_at, cost });
  return { bucket: { ...bucket, waiting }, wait_ms };
}

/**
 * Puts back what was taken and not used, and takes what was used beyond it, whether there is room or not. The oldest
 * go back first: what is put back is then never there before the call itself would have given it back.
 */
export function settleIn(
  before: Bucket,
  allowances: Allowances,
  call: { taken: Amounts; used: Amounts; now: number },
): Bucket {
  const bucket = pruned(before, call.now);
  const taken = { ...bucket.taken };
  const beyond: Amounts = {};
  for (const dimension of DIMENSIONS) {
    let left = (call.taken[dimension] ?? 0) - (call.used[dimension] ?? 0);
    if (left < 0) beyond[dimension] = -left;
    taken[dimension] = taken[dimension]?.flatMap(([back_at, amount]) => {
      const less = Math.max(0, Math.min(left, amount));
      left -= less;
      return amount > less ? [[back_at, amount - less]] : [];
    });
  }
  return spent({ ...bucket, taken }, allowances, beyond, call.now);
}

function pruned({ taken, waiting, told }: Bucket, now: number): Bucket {
  return {
    taken: Object.fromEntries(
      DIMENSIONS.flatMap((dimension) => {
        const still = taken[dimension]?.filter(([back_at]) => back_at > now) ?? [];
        return still.length > 0 ? [[dimension, still]] : [];
      }),
    ),
    waiting: waiting.filter(({ due_at }) => due_at + GRACE_MS > now),
    told,
  };
}

/**
 * A provider that says no more than the allowance grants is believed instead: its own bucket is known exactly, and a
 * window that must hold whole calls leaves up to one of them unused.
 */
function unlessTold({ told }: Bucket, dimension: Dimension, allowance: Allowance | undefined) {
  const said = told[dimension];
  if (!said || !allowance) return allowance;
  const { amount, window_ms } = allowance;
  const isWithin = said.limit <= amount && said.per_ms * window_ms <= amount * TOLERANCE;
  return isWithin ? undefined : allowance;
}

/** When the allowance has room for the cost, those ahead having taken theirs. */
function freeAt(
  bucket: Bucket,
  dimension: Dimension,
  allowance: Allowance | undefined,
  ahead: Bucket['waiting'],
  cost: Amounts,
  now: number,
): number {
  const wanted = cost[dimension] ?? 0;
  if (!allowance || wanted === 0) return now;
  const room = allowance.amount - Math.min(wanted, allowance.amount);
  const promised = ahead.map(({ due_at, cost: theirs }): [number, number] => [
    Math.max(due_at, now) + allowance.window_ms,
    Math.min(theirs[dimension] ?? 0, allowance.amount),
  ]);
  const out = [...(bucket.taken[dimension] ?? []), ...promised].sort(([a], [b]) => b - a);
  let sum = 0;
  // from the last to come back: what comes back after the one that is too much must be back
  for (const [back_at, amount] of out) {
    sum += amount;
    if (sum > room) return back_at;
  }
  return now;
}

/** When the provider's own bucket holds the cost, and that of those ahead. */
function refilledAt(
  told: Told | undefined,
  dimension: Dimension,
  ahead: Bucket['waiting'],
  cost: Amounts,
  now: number,
): number {
  const wanted = cost[dimension] ?? 0;
  if (!told || wanted === 0) return now;
  const promised = ahead.reduce((sum, waiter) => sum + Math.min(waiter.cost[dimension] ?? 0, told.limit), 0);
  const missing = Math.min(wanted, told.limit) + promised - levelOf(told, now);
  return missing <= 0 ? now : now + missing / told.per_ms;
}

/** What is in the provider's bucket. */
export function levelOf({ limit, level, at, per_ms }: Told, now: number): number {
  return Math.min(limit, level + Math.max(0, now - at) * per_ms);
}

function spent(bucket: Bucket, allowances: Allowances, cost: Amounts, now: number): Bucket {
  const taken = { ...bucket.taken };
  const told = { ...bucket.told };
  for (const dimension of DIMENSIONS) {
    const amount = cost[dimension] ?? 0;
    if (amount === 0) continue;
    const allowance = allowances[dimension];
    if (allowance) taken[dimension] = withTaken(taken[dimension] ?? [], allowance, amount, now);
    const said = told[dimension];
    if (said) told[dimension] = { ...said, level: Math.max(0, levelOf(said, now) - amount), at: now };
  }
  return { ...bucket, taken, told };
}

function withTaken(list: [number, number][], allowance: Allowance, amount: number, now: number) {
  const grain = allowance.window_ms * GRAIN;
  const back_at = Math.ceil((now + allowance.window_ms) / grain) * grain;
  const used = Math.min(amount, allowance.amount);
  const last = list.at(-1);
  if (last && last[0] >= back_at)
    return [...list.slice(0, -1), [last[0], last[1] + used] as [number, number]];
  return [...list, [back_at, used] as [number, number]];
}
