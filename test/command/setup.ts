import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { CommandRequest, OutputLine } from '../../activities/command/run.ts';
import { noSandbox } from '../../activities/sandbox/sandbox.ts';
import { NO_MASK } from '../../core/text/mask.ts';

/** A request with a folder of its own, and the lines that were passed on. */
export interface PreparedRequest {
  request: CommandRequest;
  folder: string;
  lines: OutputLine[];
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A new folder that is removed after the test file. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-command-'));
  folders.push(folder);
  return folder;
}

/** A request that runs `command` with everything else as usual. */
export async function prepare(
  command: string | string[],
  overrides: Partial<CommandRequest> = {},
): Promise<PreparedRequest> {
  const folder = await tempFolder();
  const lines: OutputLine[] = [];
  const request: CommandRequest = {
    command,
    cwd: folder,
    guard: { sandbox: noSandbox(), view: { writable: [folder], hidden: [], readable: [] } },
    env: {},
    context: { task: { task_id: 'build' }, dependencies: [] },
    job_id: 'job-1',
    task_id: 'build',
    attempt: 2,
    artifacts_dir: join(folder, 'artifacts'),
    context_file: join(folder, 'run', 'context.json'),
    output_limit_bytes: 64 * 1024,
    stdout_file: join(folder, 'run', 'stdout.log'),
    stderr_file: join(folder, 'run', 'stderr.log'),
    mask: NO_MASK,
    on_line: (line) => lines.push(line),
    signal: new AbortController().signal,
    ...overrides,
  };
  return { request, folder, lines };
}

/** Whether a process is there and not just a zombie that its parent has not collected yet. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}

/** The process ids that a command wrote into a file, one a line; undefined until there are `count`. */
export async function readPids(file: string, count: number): Promise<number[] | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pids = text.split('\n').slice(0, -1).map(Number);
  return pids.length >= count ? pids : undefined;
}
