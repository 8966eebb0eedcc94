import { existsSync, writeFileSync } from 'node:fs';
import { removeTree } from '../repository/files/remove-tree.ts';
import { taskGuard } from '../sandbox/task-guard.ts';
import type { Heard, Launch, Start } from './drivers/driver.ts';
import { followJournal } from './journal.ts';
import type { Leave } from './leave.ts';
import type { Listener } from './listener.ts';
import { assistantProgram } from './program.ts';
import type { Run } from './result.ts';
import { followProgram, type ProgramEnd } from './run-program.ts';
import { writeRunState } from './run-state.ts';
import { environmentOf } from './setting.ts';

/** Who is told of what it says. */
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

/** Follows a start of an assistant to its end: answers it, and reads what it says and writes. */
export async function follow(
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
  const journal = followJournal(driver, home.home, launch.session, (written) => {
    const heard = deps.mask.json(written);
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
  const watch = journal && watchJournal(catchUp);
  const { view } = taskGuard(deps, request);
  const followed = followProgram({
    program: ({ run_id, mark_value }) =>
      assistantProgram({
        ...{ path, args: start.args, cwd, home: home.home, tmp: home.tmp, artifacts, mark_value },
        readable: [folders.context_file, folders.inputs, launch.calls_file],
        hidden: driver.runs_from ? [`${cwd}/${driver.runs_from}`].filter(existsSync) : [],
        logins: login.paths.map((one) => `${login.userHome}/${one}`),
        sandbox: deps.sandbox,
        view,
        env: environmentOf(deps, setting, start.env, run_id),
      }),
    stdin: start.stdin,
    spoken: start.spoken === true,
    record: home.running_file,
    output_file: home.output_file(input.own_session),
    limit_bytes: deps.config.limits.artifact_bytes,
    limits: deps.sandbox.limits,
    folders: [home.home, ...view.writable, ...deps.sandbox.writable],
    mask: deps.mask,
    signal,
    on_line({ value }, send) {
      answer = send;
      const heard = read(value);
      // its file tells what the answer used that its tools are of, and more of how it ended
      if (heard.some(({ type }) => type === 'tool_use' || type === 'end')) watch?.soon();
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
    watch?.end();
    catchUp();
    await removeTree(home.tmp);
  });
}

/** What is heard before its model is asked again. */
const STEPS: readonly Heard['type'][] = ['turn', 'usage', 'tool_use'];
/** How often a file that an assistant writes is looked at, in milliseconds. */
const JOURNAL_MS = 100;
/** The same while a record is about to come that says whether it may go on, and for how long. */
const SOON_MS = 5;
const SOON_FOR_MS = 1000;

/** Looks at the file of a conversation now and then. `soon`: at once, and often for a while. */
function watchJournal(look: () => void): { soon(): void; end(): void } {
  const slow = setInterval(look, JOURNAL_MS);
  let fast: NodeJS.Timeout | undefined;
  let until = 0;
  return {
    soon() {
      look();
      until = performance.now() + SOON_FOR_MS;
      fast ??= setInterval(() => {
        if (performance.now() < until) return look();
        clearInterval(fast);
        fast = undefined;
      }, SOON_MS);
    },
    end() {
      clearInterval(slow);
      clearInterval(fast);
    },
  };
}
