import { existsSync, writeFileSync } from 'node:fs';
import { assistantPath } from '../../config/assistants.ts';
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
import { removeTree } from '../repository/files/remove-tree.ts';
import { taskGuard } from '../sandbox/task-guard.ts';
import { openBooking } from './book.ts';
import type { Heard, Launch, Start } from './drivers/driver.ts';
import { prepareHome, returnLogins } from './home.ts';
import { followJournal } from './journal.ts';
import { createLeave, type Leave } from './leave.ts';
import { createListener, type Listener } from './listener.ts';
import { refusal } from './may-work.ts';
import { createMeter, type Meter } from './meter.ts';
import { createNews } from './news.ts';
import { known } from './prepare.ts';
import { assistantProgram } from './program.ts';
import { type EndingOf, isOutOfMoney, type Run, resultOf } from './result.ts';
import { AT_ONCE, followProgram, type ProgramEnd } from './run-program.ts';
import { type RunState, readRunState, writeRunState } from './run-state.ts';
import { firstPrompt, nextPrompt } from './said.ts';
import { environmentOf, makeFolders, namedVariables, settingOf } from './setting.ts';

/**
 * Runs a coding assistant until it says that it has ended, or must stop: for money, its limits, or a signal. Its conversation is
 * kept as soon as it has a name, and gone on with where there is one.
 */
export async function runAssistant(
  deps: ActivityDeps,
  input: CodingRun,
  signal: AbortSignal,
): Promise<CodingResult> {
  const setting = await settingOf(deps, input);
  const { settings, home } = setting;
  const stay = { progress: input.progress, cost_usd: 0, worker: deps.worker };
  const refused = refusal(setting, deps);
  if (refused !== null) {
    const error = { code: 'command_refused', message: refused, retryable: false };
    return { ...stay, status: 'failed', error, artifacts: [] };
  }
  const path = assistantPath(settings, deps.environment.PATH);
  if (path === undefined) {
    const name = settings.command ?? setting.driver.facts.program;
    const message = `${name} is not on the PATH of the worker on this host; install it there, or retry the task with another agent`;
    return { ...stay, status: 'blocked', reason: 'no_agent', message };
  }
  await makeFolders(deps, setting);
  const state_file = home.state_file(input.own_session);
  const state: RunState = readRunState(state_file) ?? { session: null, open_call: null, parked: 0 };
  const asked = Math.ceil(Buffer.byteLength(firstPrompt(setting.prompt)) / BYTES_A_TOKEN);
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
  return isFree ? price : (known(deps, provider, model) ?? price);
}

async function work(run: Run, signal: AbortSignal): Promise<CodingResult> {
  const { deps, input, setting, state, state_file, meter, booking } = run;
  const { driver, settings, home, login } = setting;
  const session = sessionOf(run);
  const prompt = session === null ? firstPrompt(setting.prompt) : await nextPrompt(deps.store, input);
  const listener = createListener(deps, input, meter, session === null ? null : prompt);
  const leave = createLeave(setting, input.grants ?? [], run);
  const launch: Launch = {
    ...{ settings, session, prompt, cwd: setting.cwd, home: home.home, artifacts: setting.artifacts },
    task_prompt: firstPrompt(setting.prompt),
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
  const news = createNews(listener.progress, (now) => tellTask(deps, input, now));
  const ended = await follow(
    run,
    { listener, leave, launch, start },
    AbortSignal.any([signal, halt.signal]),
    {
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
    },
  ).catch((error: unknown) => refuseStart(run, error));
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

interface Told {
  session(id: string): void;
  heard(): void;
  /** it is to be ended now */
  stop(): void;
  isStopping(): boolean;
}

/** A start of an assistant, and who follows it. */
interface Started {
  listener: Listener;
  leave: Leave;
  launch: Launch;
  start: Start;
}

async function follow(
  { deps, input, setting, path, state, state_file, booking }: Run,
  { listener, leave, launch, start }: Started,
  signal: AbortSignal,
  told: Told,
): Promise<ProgramEnd> {
  const { driver, cwd, home, folders, artifacts, login, request } = setting;
  let answer: (text: string) => void = () => undefined;
  const read = driver.reader(launch, {
    send: (message) => answer(`${JSON.stringify(message)}\n`),
    permit(question) {
      // its file may tell that there is no money for what comes after
      catchUp();
      if (told.isStopping()) return null;
      const may = leave.permit(question);
      if (leave.asked()) told.stop();
      return may;
    },
  });
  const { job_id } = input.call;
  const { task_id } = request.task;
  const attempt = input.call.attempt ?? 1;
  const take = (heard: Heard[]) => {
    for (const one of heard) {
      listener.hear(one);
      if (one.type === 'session') told.session(one.id);
      if (one.type === 'usage') booking.note();
    }
    // after its tools were asked for, and before its model is
    if (heard.some(({ type }) => STEPS.includes(type))) told.heard();
  };
  const journal = followJournal(driver, home.home, launch.session, (heard) => {
    take([heard]);
    // it would try again by itself
    if (heard.type === 'end' && !heard.end.ok) told.stop();
    if (heard.type === 'waits' && !told.isStopping()) writeFileSync(launch.calls_file, String(heard.call));
  });
  if (journal) {
    state.journal_at = journal.began_at;
    writeRunState(state_file, state);
  }
  const catchUp = () => {
    const known = listener.session();
    if (known !== null) journal?.read(known);
  };
  writeFileSync(launch.calls_file, '0', { mode: 0o600 });
  const watch = journal && setInterval(catchUp, JOURNAL_MS);
  const followed = followProgram({
    program: ({ run_id, mark_value }) =>
      assistantProgram({
        ...{ path, args: start.args, cwd, home: home.home, tmp: home.tmp, artifacts, mark_value },
        readable: [folders.context_file, launch.calls_file],
        hidden: driver.runs_from ? [`${cwd}/${driver.runs_from}`].filter(existsSync) : [],
        logins: login.paths.map((one) => `${login.userHome}/${one}`),
        sandbox: deps.sandbox,
        view: taskGuard(deps, request).view,
        env: environmentOf(deps, setting, start.env, run_id),
      }),
    stdin: start.stdin,
    spoken: start.spoken === true,
    record: home.running_file,
    output_file: home.output_file(input.own_session),
    limit_bytes: deps.config.limits.artifact_bytes,
    mask: deps.mask,
    signal,
    on_line({ value }, send) {
      answer = send;
      const heard = read(value);
      // its file tells what the answer used that its tools are of, and more of how it ended
      if (heard.some(({ type }) => type === 'tool_use' || type === 'end')) catchUp();
      take(heard);
      const isPiece = heard.some(({ type }) => type === 'delta');
      return { keep: !isPiece, end: listener.end() !== undefined };
    },
    on_stderr: (text) =>
      deps.publish({
        kind: 'line',
        ...{ job_id, task_id, attempt, stream: 'stderr', text, at: new Date().toISOString() },
      }),
  });
  return await followed.finally(async () => {
    clearInterval(watch ?? undefined);
    catchUp();
    await removeTree(home.tmp);
  });
}

/** What is heard before its model is asked again. */
const STEPS: readonly Heard['type'][] = ['turn', 'usage', 'tool_use'];
/** How often a file that an assistant writes is looked at, in milliseconds. */
const JOURNAL_MS = 100;

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
