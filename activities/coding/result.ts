import type { CodingResult, CodingRun } from '../../contracts/coding-run.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Booking } from './book.ts';
import { keepFiles } from './keep.ts';
import type { Listener } from './listener.ts';
import type { Meter } from './meter.ts';
import { toldFailure, untoldFailure } from './outcome.ts';
import type { ProgramEnd } from './run-program.ts';
import { type RunState, writeRunState } from './run-state.ts';
import type { Setting } from './setting.ts';

/** A rate limit is waited for so long at first, and twice as long each time that it is still there, in seconds. */
const FIRST_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 300;

/** A run under way. */
export interface Run {
  deps: ActivityDeps;
  input: CodingRun;
  setting: Setting;
  path: string;
  state: RunState;
  state_file: string;
  meter: Meter;
  booking: Booking;
}

/** What came of a run. */
export type Ending =
  | Omit<Extract<CodingResult, { status: 'failed' }>, keyof Common>
  | EndingOf<'completed' | 'out_of_money' | 'parked'>;
type Common = Pick<CodingResult, 'progress' | 'cost_usd' | 'worker'>;
export type EndingOf<S extends CodingResult['status']> = S extends CodingResult['status']
  ? Omit<Extract<CodingResult, { status: S }>, keyof Common>
  : never;

/** What a program that has ended has come to, by what it said and not by its exit code. */
export async function resultOf(
  run: Run,
  listener: Listener,
  ended: ProgramEnd,
  halted: boolean,
): Promise<Ending> {
  const { deps, input, setting, state, state_file, meter, booking } = run;
  const { settings, home } = setting;
  const end = listener.end();
  if (!end && halted && isOutOfMoney(booking, meter, settings.max_output_tokens)) {
    return { status: 'out_of_money', least_usd: meter.next_usd(settings.max_output_tokens) };
  }
  if (end && !end.ok && (end.why === 'rate_limited' || end.why === 'overloaded')) {
    return {
      status: 'parked',
      message: end.message.slice(0, 500),
      parked_until: parkedUntil(state, state_file),
    };
  }
  state.parked = 0;
  writeRunState(state_file, state);
  const files = await keepFiles(deps, setting, home.output_file(input.own_session));
  const failed = (error: EndingOf<'failed'>['error']): Ending => ({
    status: 'failed',
    error: { ...error, sandbox: deps.sandbox.kind },
    artifacts: files.artifacts,
  });
  const said = listener.said();
  if (!end && halted) {
    const { max_tokens, max_turns } = input.call.thinking!.limits;
    const isTokens = max_tokens !== null && listener.tokens() >= max_tokens;
    const what = isTokens ? `${max_tokens} tokens` : `${max_turns} turns`;
    const message = `${settings.driver} was not done after ${what}; what it had done until then is kept`;
    return failed({ code: isTokens ? 'token_limit' : 'turn_limit', message, retryable: false });
  }
  if (!end) return failed(untoldFailure(settings, ended, said));
  if (!end.ok) return failed(toldFailure(settings, end, said));
  const text = end.text ?? said;
  if (text.trim() === '') {
    const message = `${settings.driver} says that it is done, and gives no result`;
    return failed({ code: 'empty_answer', message, retryable: true });
  }
  const output = await deps.store.toOutput({ job_id: input.call.job_id, text });
  return { status: 'completed', output, ...files, sandbox: deps.sandbox.kind };
}

function parkedUntil(state: RunState, state_file: string): string {
  const seconds = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** state.parked);
  state.parked += 1;
  writeRunState(state_file, state);
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** Whether what is left does not pay for another answer. */
export const isOutOfMoney = ({ budget_usd }: Booking, meter: Meter, maxOutput: number): boolean =>
  budget_usd !== null && meter.cost_usd() + meter.next_usd(maxOutput) > budget_usd;
