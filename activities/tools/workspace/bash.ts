import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Artifact } from '../../../contracts/artifact.ts';
import { commandAllowed } from '../../../core/agents/command-policy.ts';
import { collectArtifacts } from '../../command/artifacts.ts';
import { CommandLostError, CommandOutputError, CommandStartError } from '../../command/errors.ts';
import { type CommandResult, runCommand } from '../../command/run.ts';
import { firstCharacter, toText } from '../../command/text.ts';
import type { ToolDeps } from '../deps.ts';
import { defineTool, type Tool, type ToolContext, ToolError, type ToolOutput } from '../tool.ts';
import { foldersOf } from './inside.ts';

const DEFAULT_TIMEOUT_SECONDS = 120;
const MAX_TIMEOUT_SECONDS = 3600;
/** Output that is looked at as text; of more there is the beginning and the end, and the file. */
const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 64 * 1024;

/**
 * A shell of our own, not the SDK's: that one keeps a shell between calls, which a lost worker would not bring back,
 * gives it the service's environment, and leaves processes behind that made a session of their own.
 */
export function bashTool(deps: Pick<ToolDeps, 'store' | 'commands' | 'limits' | 'mask'>): Tool {
  return defineTool({
    name: 'bash',
    description:
      'Runs a command with bash in your folder and returns its output (stdout and stderr together) and exit code. Every call is a new shell: only files persist. Files put into $ORCHESTRATOR_ARTIFACTS become artifacts. Background processes are ended with the call.',
    input: z.strictObject({
      command: z.string().min(1).max(100_000),
      timeout_seconds: z.number().positive().max(MAX_TIMEOUT_SECONDS).default(DEFAULT_TIMEOUT_SECONDS),
    }),
    risk: 'high',
    place: 'host',
    async run({ command, timeout_seconds }, context) {
      const refused = commandAllowed(command, deps.commands);
      if (refused) throw new ToolError(refused);
      return await runShell(deps, { command, timeout_seconds }, context);
    },
  });
}

async function runShell(
  deps: Pick<ToolDeps, 'store' | 'limits' | 'mask'>,
  { command, timeout_seconds }: { command: string; timeout_seconds: number },
  context: ToolContext,
): Promise<ToolOutput> {
  const { work, scratch, guard } = await foldersOf(context);
  const { job_id, task_id, attempt, agent } = context;
  const timeout = AbortSignal.timeout(timeout_seconds * 1000);
  const artifacts_dir = join(scratch, 'artifacts');
  const stdout_file = join(scratch, 'output.log');
  const result = await runCommand({
    // in one stream, so that errors stand where they came
    command: `exec 2>&1\n${command}`,
    cwd: work,
    guard,
    env: {},
    context: { job_id, task_id, agent },
    job_id,
    task_id,
    attempt,
    artifacts_dir,
    context_file: join(scratch, 'context.json'),
    stdout_file,
    stderr_file: join(scratch, 'stderr.log'),
    output_limit_bytes: HEAD_BYTES,
    file_limit_bytes: deps.limits.artifact_bytes,
    mask: deps.mask,
    on_line: () => context.heartbeat(),
    signal: AbortSignal.any([context.signal, timeout]),
  }).catch((error: unknown) => {
    const known = [CommandStartError, CommandOutputError, CommandLostError].some(
      (one) => error instanceof one,
    );
    throw known ? new ToolError((error as Error).message) : error;
  });
  context.signal.throwIfAborted();
  const { artifacts, left_out } = await keepArtifacts(deps, artifacts_dir, context);
  const said = await outputOf(result, stdout_file);
  const notes = [howItEnded(result, timeout_seconds), ...left_out.map((note) => `[${note}]`)].filter(Boolean);
  if (!result.stdout_truncated) await rm(stdout_file, { force: true });
  return {
    text: [said || (notes.length > 0 ? '' : '(no output)'), ...notes].filter(Boolean).join('\n'),
    ...(result.stdout_truncated ? { whole: { path: stdout_file } } : {}),
    artifacts,
    is_error: result.exit_code !== 0,
  };
}

function howItEnded(result: CommandResult, timeout_seconds: number): string {
  const { cancelled, ended_because, exit_code, signal } = result;
  if (ended_because) return `[killed: it ${ended_because}]`;
  if (cancelled) return `[killed after ${timeout_seconds} s: timeout_seconds]`;
  if (signal) return `[ended by ${signal}]`;
  return exit_code === 0 ? '' : `[exit code ${exit_code}]`;
}

async function outputOf(result: CommandResult, file: string): Promise<string> {
  if (!result.stdout_truncated) return result.stdout.trimEnd();
  return `${result.stdout}\n[...]\n${(await readTail(file)).trimEnd()}`;
}

async function readTail(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return toText(buffer.subarray(firstCharacter(buffer)));
  } finally {
    await handle.close();
  }
}

async function keepArtifacts(
  deps: Pick<ToolDeps, 'store' | 'limits'>,
  folder: string,
  { job_id, task_id }: ToolContext,
): Promise<{ artifacts: Artifact[]; left_out: string[] }> {
  const found = await collectArtifacts(folder, { max_file_bytes: deps.limits.artifact_bytes });
  const artifacts: Artifact[] = [];
  for (const { name, path, media_type } of found.artifacts) {
    artifacts.push(await deps.store.artifactOf({ job_id, task_id, name, media_type, source: { path } }));
  }
  return { artifacts, left_out: found.left_out.map(({ name, reason }) => `${name} was not kept: ${reason}`) };
}
