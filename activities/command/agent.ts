import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Context } from '@temporalio/activity';
import { PATIENCE_SECONDS, retryOnShortage } from '../../config/retry-on-shortage.ts';
import type { Artifact } from '../../contracts/artifact.ts';
import type { AttemptRequest, AttemptResult, TaskResult } from '../../contracts/attempt.ts';
import type { Verdict } from '../../contracts/model-call.ts';
import { jobWorkflowId, type ReportedEvent, TASK_REPORT } from '../../contracts/names.ts';
import { commandAllowed, commandIssues } from '../../core/agents/command-policy.ts';
import { REFUSED_HERE } from '../../core/agents/command-rights.ts';
import { fullInput, leanResult } from '../../core/state/lean.ts';
import { resolveSecrets } from '../../core/text/secrets.ts';
import { attemptFailure } from '../attempt-failure.ts';
import type { ActivityDeps } from '../deps.ts';
import { inCheckout } from '../repository/clone/at-head.ts';
import { clonePath } from '../repository/clone/clone.ts';
import { renewClone } from '../repository/clone/prepare.ts';
import { jobGuard, taskGuard, treeGuard } from '../sandbox/task-guard.ts';
import type { Activities } from '../types.ts';
import { collectArtifacts } from './artifacts.ts';
import { dependencyContext } from './context.ts';
import { CommandLostError, CommandOutputError, CommandStartError, isPassing } from './errors.ts';
import { type AttemptFolders, attemptFolders } from './folders.ts';
import { endedBySignal, holdRun } from './held-runs.ts';
import { inTime } from './in-time.ts';
import { layInputs } from './inputs.ts';
import { parseOutputs } from './outputs.ts';
import { withResults } from './results.ts';
import { type CommandRequest, type CommandResult, runCommand } from './run.ts';

/** Output that a criterion's verdict quotes. */
const EVIDENCE_CHARS = 1000;
const CRITERION_HEARTBEAT_SECONDS = 10;

/** Commands, in the job's folder on this host. */
export function createCommandActivities(
  deps: ActivityDeps,
): Pick<Activities, 'runCommand' | 'checkCriterion'> {
  return {
    async runCommand(given) {
      const request = fullInput<AttemptRequest>(given);
      const attempt = (signal: AbortSignal) =>
        inTime(Context.current(), request.limit_ms, signal, (end) => attemptCommand(deps, request, end));
      return leanResult(await holdRun(Context.current(), request.heartbeat_seconds, attempt));
    },
    checkCriterion: (input) =>
      holdRun(Context.current(), CRITERION_HEARTBEAT_SECONDS, (signal) =>
        checkCriterion(deps, input, signal),
      ),
  };
}

async function attemptCommand(
  deps: ActivityDeps,
  request: AttemptRequest,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { task, job_id, attempt } = request;
  const problem =
    task.command === null
      ? 'the task has no command'
      : request.no_commands
        ? REFUSED_HERE
        : commandIssues(task, policy(deps))[0]?.issue;
  if (problem) throw attemptFailure({ code: 'command_refused', message: problem, retryable: false });
  const { values: env, missing } = resolveSecrets(task.env, deps.secret);
  if (missing.length > 0) {
    const variables = missing.map((name) => `ORCHESTRATOR_SECRET_${name}`).join(', ');
    const message = `the task needs secrets that are not set: set ${variables} in the worker's environment`;
    throw attemptFailure({ code: 'secret_missing', message, retryable: false });
  }
  await tellWorkerLost(deps, request);
  const folders = attemptFolders(deps.work_dir, job_id, task.task_id, attempt);
  const { repository } = request;
  // what an earlier start left half done would be done twice
  if (repository && Context.current().info.attempt > 1) await renewClone(deps, request, signal);
  const work = repository ? clonePath(deps.work_dir, { job_id, task_id: task.task_id }) : folders.job;
  const laid = await retryOnShortage(
    PATIENCE_SECONDS,
    () => layInputs(deps.store, request.dependencies, folders.inputs),
    signal,
  );
  const context = await dependencyContext(deps.store, request, laid);
  const filled = await withResults({ command: task.command!, env }, context.dependencies, folders.inputs);
  const refused = commandAllowed(filled.command, policy(deps));
  if (refused) throw attemptFailure({ code: 'command_refused', message: refused, retryable: false });
  const result = await run(deps, signal, folders, {
    command: filled.command,
    cwd: resolve(work, task.cwd),
    guard: { ...taskGuard(deps, request), planned: request.planned === true },
    env: filled.env,
    inputs_dir: folders.inputs,
    context,
    job_id,
    task_id: task.task_id,
    attempt,
  });
  if (result.exit_code !== 0) {
    const how =
      result.ended_because ??
      (result.signal ? `was ended by ${result.signal}` : `exited with ${result.exit_code}`);
    const tail = result.stderr_tail || result.stdout.slice(-4000);
    const error = { code: 'command_failed', message: `the command ${how}`, tail, retryable: true };
    throw attemptFailure({ ...error, sandbox: deps.sandbox.kind });
  }
  const kept = await keepResult(deps, request, folders, result);
  return { status: 'completed', ...kept, sandbox: deps.sandbox.kind, worker: deps.worker, agent: 'command' };
}

/** Says in the job's journal that this attempt was begun before, by a worker that never handed it in. */
async function tellWorkerLost(
  { temporal, worker }: ActivityDeps,
  { job_id, task, generation, attempt }: AttemptRequest,
): Promise<void> {
  const starts = Context.current().info.attempt;
  if (starts === 1) return;
  const message = 'the worker that ran it was lost, or could not report its result; it is run again';
  await temporal
    .signal(jobWorkflowId(job_id), TASK_REPORT, {
      task_id: task.task_id,
      generation,
      attempt,
      type: 'task.worker_lost' satisfies ReportedEvent,
      data: { message, starts, worker },
    })
    // the work matters more than the word of it
    .catch(() => undefined);
}

/** A command that can't be run is no verdict: the activity fails, and the job calls the criterion unverified. */
async function checkCriterion(
  deps: ActivityDeps,
  { job_id, criterion, no_commands, repository }: Parameters<Activities['checkCriterion']>[0],
  signal: AbortSignal,
): Promise<Verdict> {
  const { criterion_id } = criterion;
  const command = criterion.command!;
  const problem = no_commands ? REFUSED_HERE : commandAllowed(command, policy(deps));
  if (problem) return { criterion_id, verdict: 'unverified', evidence: problem };
  const folders = attemptFolders(deps.work_dir, job_id, `.criterion-${criterion_id}`, 1);
  const inRepository = <T>(check: (folder: string) => Promise<T>): Promise<T> =>
    repository ? inCheckout(deps, { ...repository, about: criterion_id }, signal, check) : check(folders.job);
  const result = await inRepository((cwd) =>
    run(deps, signal, folders, {
      command,
      cwd,
      guard: repository ? treeGuard(deps, cwd, repository.at) : jobGuard(deps, job_id),
      env: {},
      context: { criterion },
      job_id,
      task_id: criterion_id,
      attempt: 1,
    }),
  );
  const said = [result.stdout.trim(), result.stderr_tail.trim()]
    .filter(Boolean)
    .join('\n')
    .slice(-EVIDENCE_CHARS);
  const how =
    result.ended_because ?? (result.signal ? `ended by ${result.signal}` : `exit code ${result.exit_code}`);
  const verdict = result.exit_code === 0 ? 'met' : 'unmet';
  return { criterion_id, verdict, evidence: `${shown(command)}: ${how}${said ? `\n${said}` : ''}` };
}

/** Runs a command; ends it when the signal is aborted. */
async function run(
  deps: ActivityDeps,
  signal: AbortSignal,
  folders: AttemptFolders,
  request: Pick<
    CommandRequest,
    'command' | 'cwd' | 'guard' | 'env' | 'inputs_dir' | 'context' | 'job_id' | 'task_id' | 'attempt'
  >,
): Promise<CommandResult> {
  await retryOnShortage(PATIENCE_SECONDS, () => mkdir(folders.job, { recursive: true }), signal);
  const { job_id, task_id, attempt } = request;
  try {
    const result = await runCommand({
      ...request,
      mask: deps.mask,
      artifacts_dir: folders.artifacts,
      context_file: folders.context_file,
      stdout_file: folders.stdout_file,
      stderr_file: folders.stderr_file,
      output_limit_bytes: deps.config.limits.output_bytes,
      file_limit_bytes: deps.config.limits.artifact_bytes,
      on_line: (line) => deps.publish({ kind: 'line', job_id, task_id, attempt, ...line }),
      patience_seconds: PATIENCE_SECONDS,
      signal,
    });
    if (result.cancelled) throw endedBySignal();
    return result;
  } catch (error) {
    if (error instanceof CommandStartError) {
      throw attemptFailure({ code: error.code, message: error.message, retryable: isPassing(error) });
    }
    if (error instanceof CommandOutputError || error instanceof CommandLostError) {
      throw attemptFailure({ code: error.code, message: error.message, retryable: true });
    }
    throw error;
  }
}

/** Stores the output, what the command left as artifacts, and the whole of what it printed where that is longer. */
async function keepResult(
  deps: ActivityDeps,
  { job_id, task }: AttemptRequest,
  folders: AttemptFolders,
  result: CommandResult,
): Promise<TaskResult> {
  const { output: text, outputs: data, warning } = parseOutputs(result.stdout, result.stdout_truncated);
  const output = await deps.store.toOutput({ job_id, text, data });
  const found = await collectArtifacts(folders.artifacts, {
    max_file_bytes: deps.config.limits.artifact_bytes,
  });
  const files = found.artifacts.map(({ name, path, media_type }) => ({ name, path, media_type }));
  if (output.text_ref !== undefined || result.stdout_truncated) {
    files.push({ name: 'stdout.log', path: folders.stdout_file, media_type: 'text/plain' });
  }
  if (result.stderr_bytes > 0)
    files.push({ name: 'stderr.log', path: folders.stderr_file, media_type: 'text/plain' });
  const artifacts: Artifact[] = [];
  for (const { name, path, media_type } of files) {
    if ((await stat(path)).size === 0 && name.endsWith('.log')) continue;
    const source = { path };
    artifacts.push(await deps.store.artifactOf({ job_id, task_id: task.task_id, name, media_type, source }));
  }
  const left_out = [...found.left_out];
  if (result.files_truncated) {
    const reason = `cut after ${deps.config.limits.artifact_bytes} bytes`;
    left_out.push({ name: 'stdout.log or stderr.log', reason });
  }
  return {
    output,
    artifacts,
    ...(left_out.length > 0 ? { left_out } : {}),
    ...(warning ? { warnings: [warning] } : {}),
  };
}

function policy({ config }: ActivityDeps) {
  const { commands, command_allowlist, command_env_allowlist } = config;
  return { commands, command_allowlist, command_env_allowlist };
}

const shown = (command: string | string[]): string =>
  typeof command === 'string' ? command : command.join(' ');
