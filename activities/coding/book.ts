import { Context } from '@temporalio/activity';
import type { CodingRun } from '../../contracts/coding-run.ts';
import type { CallResult } from '../../contracts/model-call.ts';
import { roundUsd } from '../../core/money/cost.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Meter } from './meter.ts';
import { type RunState, writeRunState } from './run-state.ts';

/** The row that the ledger has for one start of an assistant. */
export interface Booking {
  call_id: string;
  /** what is left for this start; null: it takes no money */
  budget_usd: number | null;
  /** keeps what is known of its cost, for whoever comes after this worker */
  note(): void;
  /**
   * Ends the row; gives the cost of this start and of those before that drew on the same lease.
   * @param exact the assistant has said all that it used
   */
  end(exact: boolean): Promise<number>;
}

/**
 * Opens a row for a start. One that a killed worker left open is ended first, with what was known of it by then.
 * @param lost what else can be told of that one now; null: nothing
 */
export async function openBooking(
  { store }: Pick<ActivityDeps, 'store'>,
  { call, lease_id, budget_usd }: Pick<CodingRun, 'call' | 'lease_id' | 'budget_usd'>,
  meter: Meter,
  { state, state_file }: { state: RunState; state_file: string },
  lost: () => ReturnType<Meter['unseen']> | null,
): Promise<Booking> {
  if (state.open_call) {
    const { call_id, ...noted } = state.open_call;
    const found = lost();
    await store.estimateCall(call_id, found && found.cost_usd > noted.cost_usd ? found : noted);
    state.open_call = null;
  }
  const { attempt: starts } = Context.current().info;
  const call_id = starts === 1 ? call.call_id : `${call.call_id}.${starts}`;
  const spent = lease_id === null || starts === 1 ? 0 : await spentOf(store, call.job_id, lease_id);
  const left = budget_usd === null ? null : Math.max(0, roundUsd(budget_usd - spent));
  const { job_id, task_id, attempt, purpose, agent, provider, model, price } = call;
  const about = { job_id, task_id, attempt, purpose, agent, provider, model, price };
  await store.beginCall({ ...about, call_id, lease_id, reserved_usd: left ?? 0 });
  const begun_at = Date.now();
  const write = () => {
    const context_tokens = meter.context_tokens();
    if (context_tokens !== null) state.context_tokens = context_tokens;
    writeRunState(state_file, state);
  };
  const note = () => {
    state.open_call = { call_id, ...meter.unseen() };
    write();
  };
  note();
  return {
    call_id,
    budget_usd: left,
    note,
    async end(exact) {
      const usage = meter.usage();
      const cost_usd = meter.cost_usd();
      const nothing = Object.values(usage).every((count) => count === 0);
      const answer: CallResult = { status: 'lost', cost_usd };
      const seconds = (Date.now() - begun_at) / 1000;
      const ended = nothing
        ? await store.releaseCall(call_id)
        : await store.settleCall(call_id, { usage, cost_usd, answer, seconds, estimated: !exact });
      state.open_call = null;
      write();
      return roundUsd(spent + (ended?.row.cost_usd ?? cost_usd));
    },
  };
}

async function spentOf(
  store: Pick<ActivityDeps['store'], 'readLedger'>,
  job_id: string,
  lease_id: string,
): Promise<number> {
  const rows = (await store.readLedger(job_id)).filter((row) => row.lease_id === lease_id);
  return rows.reduce((usd, { cost_usd }) => usd + cost_usd, 0);
}
