import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { RepositoryPoint } from '../../../contracts/repository/work.ts';
import { type RepositoryCommandDeps, runRepositoryCommand } from '../check/run-command.ts';
import { removeTree } from '../files/remove-tree.ts';
import { type GitResult, git } from '../git/git.ts';
import { overTree } from '../git/over-tree.ts';
import { makeGitDir } from '../mirror/bare.ts';
import { exclusively } from '../mirror/exclusive.ts';
import { type Mirror, openMirror } from '../mirror/mirror.ts';
import { makeCheckout } from './checkout.ts';
import { copyLeftovers } from './copy-leftovers.ts';

export interface SetupInput {
  at: RepositoryPoint;
  /** absolute; the clone that gets what the setup made */
  folder: string;
  /** the commit that is checked out there */
  sha: string;
  /** null: none */
  setup_command: string | null;
  /** for the lines that it prints */
  about: string;
}

/** What a clone got. */
export interface SetupApplied {
  /** `cloned`: without taking room, which not every file system can */
  how: 'none' | 'copied' | 'cloned';
  /** paths of it that no rule of the repository ignores, folders with a slash at the end */
  unignored: string[];
  seconds: number;
}

/**
 * Gives a clone what the setup command makes: `node_modules`, `.venv` and the like, whatever git does not track. The command
 * runs once for a state of the files that say what is needed, in a checkout of its own, whoever asks for it and how many do
 * at once; what it left is copied. What the clone has already stays.
 * @throws SetupFailed with what it printed last
 */
export async function applySetup(
  deps: RepositoryCommandDeps,
  input: SetupInput,
  signal: AbortSignal,
): Promise<SetupApplied> {
  const { setup_command, folder } = input;
  if (setup_command === null) return { how: 'none', unignored: [], seconds: 0 };
  const started = performance.now();
  const mirror = await openMirror(deps, input.at, signal);
  const setup = join(mirror.folder, 'setups', await keyOf(mirror, input.sha, setup_command, signal));
  const { entries, unignored } = await makeOnce(deps, mirror, { ...input, setup_command, setup }, signal);
  const isCloned = await copyLeftovers(deps, { from: join(setup, 'tree'), to: folder, entries }, signal);
  const seconds = (performance.now() - started) / 1000;
  return { how: entries.length === 0 ? 'none' : isCloned ? 'cloned' : 'copied', unignored, seconds };
}

export const isSetupFailed = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.type === SETUP_FAILED;

const SETUP_FAILED = 'SetupFailed';

/** What they say decides about what has to be installed. */
const MANIFESTS =
  /^(package\.json|\.npmrc|\.yarnrc(\.yml)?|\.nvmrc|\.python-version|\.tool-versions|npm-shrinkwrap\.json|package-lock\.json|yarn\.lock|pnpm-(lock|workspace)\.yaml|bun\.lockb?|.*requirements.*\.(txt|in)|pyproject\.toml|setup\.(py|cfg)|Pipfile(\.lock)?|(poetry|uv|pdm)\.lock|environment\.ya?ml|go\.(mod|sum|work)|Cargo\.(toml|lock)|rust-toolchain(\.toml)?|Gemfile(\.lock)?|composer\.(json|lock)|pom\.xml|.*\.gradle(\.kts)?|gradle\.properties|.*\.csproj|Makefile)$/;

/** How what was made is noted: what was noted otherwise is made anew. */
const NOTES = 2;

/** Names a state of them, and the command. */
async function keyOf(
  { git_dir }: Mirror,
  sha: string,
  command: string,
  signal: AbortSignal,
): Promise<string> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', sha], {
    cwd: git_dir,
    env: { GIT_DIR: git_dir },
    signal,
    limit_bytes: 512 * 1024 ** 2,
  });
  const records = stdout.toString('latin1').split('\0');
  const told = records.filter((record) => MANIFESTS.test(record.slice(record.search(/[\t/][^/]*$/) + 1)));
  return createHash('sha256')
    .update(JSON.stringify([NOTES, command, told]))
    .digest('hex')
    .slice(0, 32);
}

interface MakeInput extends SetupInput {
  setup_command: string;
  setup: string;
}

/** Paths that it left, folders with a slash at the end. */
interface Made {
  entries: string[];
  /** those of them that no rule of the repository ignores */
  unignored: string[];
}

async function makeOnce(
  deps: RepositoryCommandDeps,
  { git_dir }: Mirror,
  input: MakeInput,
  signal: AbortSignal,
): Promise<Made> {
  const { setup, sha } = input;
  const done = join(setup, 'done.json');
  const failed = join(setup, 'failed.json');
  const asked_at = Date.now();
  const read = (path: string) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);
  return await exclusively(join(setup, 'lock'), signal, async () => {
    const made = read(done);
    if (made) return made as Made;
    // whoever waited meanwhile has the same answer
    const before = read(failed) as { at: number; message: string } | undefined;
    if (before && before.at > asked_at) throw setupFailed(before.message);
    const tree = join(setup, 'tree');
    await makeCheckout(deps, { git_dir, folder: tree, sha }, signal);
    const run = await runRepositoryCommand(
      deps,
      {
        command: input.setup_command,
        cwd: tree,
        tree,
        mirror: input.at,
        as: 'setup',
        traces: join(setup, 'traces'),
        job_id: input.at.job_id,
        about: input.about,
        timeout_seconds: deps.command_timeout_seconds,
      },
      signal,
    );
    if (!run.passed) {
      await removeTree(tree);
      const message = `The setup command failed: ${deps.mask.text(input.setup_command)}: ${run.how}\n${run.tail}`;
      writeWhole(failed, { at: Date.now(), message });
      throw setupFailed(message);
    }
    const left = await leftBehind(deps, { git_dir, setup, sha }, signal);
    writeWhole(done, left);
    return left;
  });
}

/** By a git directory and an index of ours: what lies in the checkout is the command's by now. */
async function leftBehind(
  { sandbox }: Pick<RepositoryCommandDeps, 'sandbox'>,
  { git_dir, setup, sha }: { git_dir: string; setup: string; sha: string },
  signal: AbortSignal,
): Promise<Made> {
  const scratch = join(setup, 'git');
  const folder = join(setup, 'tree');
  const objects = join(git_dir, 'objects');
  await removeTree(scratch);
  makeGitDir(scratch, { alternates: [objects] });
  const box = { sandbox, writable: [scratch], readable: [folder, objects] };
  const run = overTree({ git_dir: scratch, folder, index: join(scratch, 'index'), box });
  const call = { signal, timeout_seconds: 600 };
  const others = ['ls-files', '--others', '--directory', '-z'];
  const all = await run([['read-tree', sha], others], call);
  const unignored = await run([[...others, '--exclude-standard']], call);
  // what can't be named in a line is no file that anybody installs
  return { entries: pathsOf(all), unignored: pathsOf(unignored).filter((path) => !path.includes('\n')) };
}

/** Names that are no UTF-8 can't be copied by name; nothing that is installed has such. */
const pathsOf = ({ stdout }: GitResult): string[] =>
  stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '' && !path.includes('\uFFFD'));

function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
}

/** It fails again for the same reason: whoever gave the command, or changed what it needs, has to look. */
function setupFailed(message: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(message, SETUP_FAILED);
  failure.stack = '';
  return failure;
}
