import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandRequest, type CommandResult, runCommand } from '../../activities/command/run.ts';
import type { Guard } from '../../activities/sandbox/guard.ts';
import {
  createSandbox,
  noSandbox,
  type Sandbox,
  type SandboxOptions,
} from '../../activities/sandbox/sandbox.ts';
import { Config } from '../../contracts/config.ts';
import { prepare, tempFolder } from '../command/setup.ts';

const create = async (
  settings: Record<string, unknown> = {},
  rest: Partial<SandboxOptions> = {},
): Promise<Sandbox> =>
  await createSandbox({
    config: Config.parse({ sandbox: settings }),
    data_dir: rest.data_dir ?? (await tempFolder()),
    ...rest,
  });

/** Why the tests of sandboxes can't run here; null: they can. */
export const MISSING: string | null = await create().then(async (sandbox) => {
  await sandbox.close();
  return sandbox.reason;
});

/**
 * A sandbox as a worker makes it, of the given settings.
 * @throws where it is none: what is to be kept in would run on the host as it is
 */
export async function sandboxOf(...given: Parameters<typeof create>): Promise<Sandbox> {
  const sandbox = await create(...given);
  if (sandbox.kind === 'none') throw new Error(`no sandbox: ${sandbox.reason}`);
  return sandbox;
}

/** Runs a command in a folder of a job, beside which others lie. */
export async function run(
  sandbox: Sandbox | 'none',
  command: string | string[],
  { guard = {}, ...rest }: Partial<Omit<CommandRequest, 'guard'>> & { guard?: Partial<Guard> } = {},
): Promise<CommandResult & { folder: string; job: string }> {
  const { request, folder } = await prepare(command);
  const job = join(folder, 'job');
  await mkdir(job, { recursive: true });
  const view = { writable: [job], hidden: [], readable: [] };
  const own = { sandbox: sandbox === 'none' ? noSandbox() : sandbox, view, ...guard };
  const result = await runCommand({ ...request, cwd: job, ...rest, guard: own });
  return { ...result, folder, job };
}
