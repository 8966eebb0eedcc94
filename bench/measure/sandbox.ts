import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../activities/command/run.ts';
import { createSandbox, noSandbox, type Sandbox } from '../../activities/sandbox/sandbox.ts';
import { Config } from '../../contracts/config.ts';
import type { NetworkAccess } from '../../contracts/sandbox.ts';
import { NO_MASK } from '../../core/text/mask.ts';

/** Times of a command that does nothing, in milliseconds each; null where the machine can have no sandbox. */
export interface SandboxFigures {
  without_ms: number[];
  within_ms: Record<Exclude<NetworkAccess, 'open'>, number[]> | null;
}

/** Runs `true` without a sandbox and within, in turns, so that whatever else the machine does hits all alike. */
export async function measureSandbox(rounds: number): Promise<SandboxFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-bench-sandbox-'));
  const sandbox = await createSandbox({ config: Config.parse({}), data_dir: join(folder, 'data') });
  const without = noSandbox();
  const without_ms: number[] = [];
  const within_ms = { none: [] as number[], 'allow-list': [] as number[] };
  try {
    // the first of all starts what starts programs
    await timed(folder, without, 'none');
    for (let round = 0; round < rounds; round += 1) {
      without_ms.push(await timed(folder, without, 'none'));
      if (sandbox.kind === 'none') continue;
      within_ms.none.push(await timed(folder, sandbox, 'none'));
      within_ms['allow-list'].push(await timed(folder, sandbox, 'allow-list'));
    }
    return { without_ms, within_ms: sandbox.kind === 'none' ? null : within_ms };
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(folder: string, sandbox: Sandbox, network: NetworkAccess): Promise<number> {
  const work = join(folder, 'work');
  const own = join(folder, 'run');
  await mkdir(work, { recursive: true });
  const began = performance.now();
  await runCommand({
    command: ['true'],
    cwd: work,
    guard: { sandbox, view: { writable: [work], hidden: [], readable: [], network } },
    env: {},
    context: null,
    job_id: 'bench',
    task_id: 'true',
    attempt: 1,
    artifacts_dir: join(own, 'artifacts'),
    context_file: join(own, 'context.json'),
    stdout_file: join(own, 'stdout.log'),
    stderr_file: join(own, 'stderr.log'),
    output_limit_bytes: 1024,
    mask: NO_MASK,
    on_line: () => {},
    signal: new AbortController().signal,
  });
  return performance.now() - began;
}
