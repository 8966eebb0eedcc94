import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Env } from '../../config/env.ts';
import { run } from '../../toolchain/run.ts';
import { CliError } from '../exit.ts';

/** How the check of a branch ended, in a clone that is gone again. */
export interface BranchCheck {
  /** hash and title of the base and of each merge, the latest first */
  log: string;
  passed: boolean;
  /** what the check printed */
  output: string;
}

/** Clones a branch of a repository on this machine, and runs a command for the shell in it. Throws a CliError where git fails. */
export async function checkBranch(folder: string, branch: string, command: string): Promise<BranchCheck> {
  const parent = await mkdtemp(join(tmpdir(), 'orchestrator-demo-'));
  const cwd = join(parent, 'clone');
  try {
    await git(parent, 'clone', '--quiet', `--branch=${branch}`, '--', folder, cwd);
    const log = await git(cwd, 'log', '--first-parent', '--format=%h %s');
    const { code, stdout, stderr } = await run('sh', ['-c', `(${command}) 2>&1`], {
      cwd,
      env: environment(),
    });
    return { log, passed: code === 0, output: `${stdout}${stderr}`.trim() };
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('git', args, { cwd });
  if (code !== 0) throw new CliError(`git ${args[0]} failed: ${stderr.trim()}`);
  return stdout.trimEnd();
}

/** Ours without what npm and Node tell of this program, and with the Node that it runs on. */
function environment(): Env {
  const others = Object.entries(process.env).filter(([name]) => !/^(npm|NODE)_/i.test(name));
  const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return { ...Object.fromEntries(others), PATH, NO_COLOR: '1' };
}
