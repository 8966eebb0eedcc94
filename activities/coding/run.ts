import { assistantPath } from '../../config/assistants.ts';
import { factsOf } from '../../contracts/coding-drivers.ts';
import {
  CODING_NEWS,
  type CodingNews,
  type CodingProgress,
  type CodingResult,
  type CodingRun,
} from '../../contracts/coding-run.ts';
import type { Price } from '../../contracts/money.ts';
import { taskWorkflowId } from '../../contracts/names.ts';
import { BYTES_A_TOKEN } from '../../core/agents/thinking.ts';
import { toStartError } from '../command/errors.ts';
import { endedBySignal } from '../command/held-runs.ts';
import type { ActivityDeps } from '../deps.ts';
import { SpawnerLost } from '../process/spawn.ts';
import { openBooking } from './book.ts';
import type { Launch } from './drivers/driver.ts';
import { follow } from './follow.ts';
import { prepareHome, returnLogins } from './home.ts';
import { followJournal } from './journal.ts';
import { createLeave } from './leave.ts';
import { createListener, type Listener } from './listener.ts';
import { maskWithLogins } from './login-mask.ts';
import { refusal } from './may-work.ts';
import { createMeter, type Meter } from './meter.ts';
import { createNews } from './news.ts';
import { modelPrice, OWN_TOKENS } from './price.ts';
import { type EndingOf, isOutOfMoney, type Run, resultOf } from './result.ts';
import { AT_ONCE } from './run-program.ts';
import { type RunState, readRunState, writeRunState } from './run-state.ts';
import { firstPrompt, nextPrompt } from './said.ts';
import { makeFolders, namedVariables, settingOf } from './setting.ts';

/**
 * Runs a coding assistant until it says that it has ended, or must stop: for money, its limits, or a signal. Its conversation is
 * kept as soon as it has a name, and gone on with where there is one.
 */
export async function runAssistant(
  given: ActivityDeps,
  input: CodingRun,
  signal: AbortSignal,
): Promise<CodingResult> {
  const setting = await settingOf(given, input);
  const deps = { ...given, mask: maskWithLogins(given.mask, setting.login) };
  const { settings, home } = setting;
  const stay = { progress: input.progress, cost_usd: 0, worker: deps.worker };
  const refused = refusal(setting, deps);
  if (refused !== null) {
    const error = { code: 'command_refused', message: refused, retryable: false };
    return { ...stay, status: 'failed', error, artifacts: [] };
  }
  const path = assistantPath(settings, deps.environment.PATH);
  if (path === undefined) {
    const name = settings.command ?? factsOf(settings).program;
    const message = `${name} is not on the PATH of the worker on this host; install it there, or retry the task with another agent`;
    return { ...stay, status: 'blocked', reason: 'no_agent', message };
  }
  await makeFolders(deps, setting);
  const state_file = home.state_file(input.own_session);
  const state: RunState = readRunState(state_file) ?? { session: null, open_call: null, parked: 0 };
  const task = Math.ceil(Buffer.byteLength(firstPrompt(setting.prompt)) / BYTES_A_TOKEN);
  const asked = Math.max(OWN_TOKENS + task, state.context_tokens ?? 0);
  const newMeter = () => createMeter((model) => priceFor(deps, input, model), asked);
  const meter = newMeter();
  const lost = () => readLost(setting, state, newMeter());
  const booking = await openBooking(deps, input, meter, { state, state_file }, lost);
  return await work({ deps, input, setting, path, state, state_file, meter, booking }, signal);
}

/** What a start whose worker was killed has used by the file of its conversation, which its program went on with. */
function readLost({ driver, home }: Run['setting'], { session, journal_at }: RunState, meter: Meter) {
  if (session === null || journal_at === undefined) return null;
  followJournal(driver, home.home, session, (heard) => meter.hear(heard), journal_at)?.read(session);
  return meter.unseen();
}

/** The price that was pinned for its own model; others that it asks besides have their own, where it is known. */
function priceFor(deps: ActivityDeps, { call }: CodingRun, model: string | null): Price | null {
  const { price, provider } = call;
  if (price === null || model === null || model.startsWith(call.model)) return price;
  const isFree = price.input_usd + price.output_usd === 0;
  return isFree ? price : (modelPrice(deps, provider, model) ?? price);
}

async function work(run: Run, signal: AbortSignal): Promise<CodingResult> {
  const { deps, input, setting, state, state_file, meter, booking } = run;
  const { driver, settings, home, login } = setting;
  const session = sessionOf(run);
  const task_prompt = firstPrompt(setting.prompt);
  const prompt = await nextPrompt(deps.store, input, session === null ? task_prompt : null);
  const listener = createListener(deps, input, meter, session === null ? null : prompt);
  const leave = createLeave(setting, input.grants ?? [], run);
  const launch: Launch = {
    ...{ settings, session, prompt, cwd: setting.cwd, home: home.home, artifacts: setting.artifacts },
    task_prompt,
    calls_file: home.calls_file(input.own_session),
    model: input.call.model === settings.driver ? null : input.call.model,
    own_session: input.own_session,
    turns_left: Math.max(1, settings.max_turns - input.progress.turns),
    sandboxed: deps.sandbox.kind !== 'none',
    environment: namedVariables(deps, setting),
  };
  const start = driver.start(launch);
  prepareHome(home.home, start.files ?? {}, login);
  if (session !== null) driver.beforeResume?.(home.home, session);
  const halt = new AbortController();
  const stop = () => halt.abort(driver.tidies_up ? undefined : AT_ONCE);
  const stopped = AbortSignal.any([signal, halt.signal]);
  if (driver.tidies_up) stopped.addEventListener('abort', () => meter.stops(), { once: true });
  const news = createNews(listener.progress, (now) => tellTask(deps, input, now));
  const ended = await follow(run, { listener, leave, launch, start }, stopped, {
    session(id) {
      state.session = id;
      writeRunState(state_file, state);
      void news.tell();
    },
    heard() {
      news.changed();
      if (mustStop(run, listener)) stop();
    },
    stop,
    isStopping: () => halt.signal.aborted,
  }).catch((error: unknown) => refuseStart(run, error));
  news.end();
  listener.close();
  returnLogins(home.home, login);
  const end = listener.end();
  const question = end ? null : leave.asked();
  if (!end) meter.cutOff();
  const cost_usd = await booking.end(end !== undefined || question !== null);
  if (signal.aborted) {
    await news.tell();
    throw endedBySignal();
  }
  const done = { progress: await listener.progress(), cost_usd, worker: deps.worker };
  if (!('exit_code' in ended)) return { ...done, ...ended };
  if (question) return { ...done, status: 'asks', question };
  return { ...done, ...(await resultOf(run, listener, ended, halt.signal.aborted)) };
}

/** The conversation to go on with; null: it begins. One that is not here, or was never begun, begins. */
function sessionOf({ input, setting, state }: Run): string | null {
  const { driver, home } = setting;
  const named = state.session ?? input.progress.session ?? (driver.takes_session ? input.own_session : null);
  return named !== null && driver.has(home.home, named) ? named : null;
}

/** Whether it has to stop before its model is asked again. */
function mustStop({ input, setting, booking, meter }: Run, listener: Listener): boolean {
  if (listener.end()) return false;
  const { max_turns, max_tokens } = input.call.thinking!.limits;
  if (max_tokens !== null && listener.tokens() >= max_tokens) return true;
  if (listener.turns() >= max_turns && !setting.driver.limits_turns) return true;
  return isOutOfMoney(booking, meter, setting.settings.max_output_tokens);
}

/** What could not be started was refused by the system; what lost its spawner is started again. */
function refuseStart({ path }: Run, error: unknown): EndingOf<'failed'> {
  if (error instanceof SpawnerLost) throw error;
  const { code, message } = toStartError(path, error);
  return { status: 'failed', error: { code, message, retryable: false }, artifacts: [] };
}

/** The workflow of its task knows then how far it has come. */
async function tellTask(deps: ActivityDeps, { call }: CodingRun, progress: CodingProgress): Promise<void> {
  const news: CodingNews = { attempt: call.attempt ?? 1, progress: deps.mask.json(progress) };
  await deps.temporal.signal(taskWorkflowId(call.job_id, call.task_id!), CODING_NEWS, news);
}
