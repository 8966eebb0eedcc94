import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Checked, CheckInput } from '../../../contracts/repository/work.ts';
import { makeCheckout } from '../clone/checkout.ts';
import { applySetup, isSetupFailed } from '../clone/setup.ts';
import { removeTree } from '../files/remove-tree.ts';
import { exclusively, withOneOf } from '../mirror/exclusive.ts';
import { hasCommit, haveParts, requireCommit } from '../mirror/parts.ts';
import { reachWork } from '../mirror/point.ts';
import { changedDefinition, layDefinition } from './definition.ts';
import { type RepositoryCommandDeps, type RepositoryRun, runRepositoryCommand } from './run-command.ts';

const TAIL_CHARS = 4000;

/**
 * Checks a commit in a checkout of its own, with what the setup makes. A check that fails is run once more: passed then, it
 * is `flaky`. One that takes too long is not. It waits until few enough others run on this host. A setup that fails is a check that fails. What the check does is what it does
 * in the base.
 * @throws StalePoint; WorkMissing where the commit is not on this host
 */
export async function checkCommit(
  deps: RepositoryCommandDeps,
  input: CheckInput,
  signal: AbortSignal,
): Promise<Checked> {
  const { at, sha, parts } = input;
  const { git_dir } = await reachWork(deps, at, signal);
  if (!(await hasCommit(git_dir, sha, signal))) await haveParts(deps, { git_dir, parts }, signal);
  await requireCommit(git_dir, sha, signal);
  const checks = join(deps.work_dir, at.job_id, '.checks');
  const scratch = join(checks, sha);
  const work = async () => {
    try {
      return await check(deps, { ...input, git_dir, scratch }, signal);
    } finally {
      await removeTree(scratch);
    }
  };
  return await exclusively(
    join(checks, `${sha}.lock`),
    signal,
    async () => await withOneOf(placesOf(deps), signal, work),
  );
}

/** Checks of all jobs of a host share them. */
const placesOf = ({ mirrors_dir, checks_at_once }: RepositoryCommandDeps): string[] =>
  Array.from({ length: checks_at_once }, (_, n) => join(mirrors_dir, '.checks', String(n)));

interface CheckHere extends CheckInput {
  git_dir: string;
  scratch: string;
}

async function check(deps: RepositoryCommandDeps, input: CheckHere, signal: AbortSignal): Promise<Checked> {
  const { at, sha, git_dir, scratch, about, setup_command } = input;
  const folder = join(scratch, 'tree');
  await makeCheckout(deps, { git_dir, folder, sha }, signal);
  const definition = await changedDefinition(
    git_dir,
    { base_sha: at.origin_sha ?? at.base_sha, sha },
    signal,
  );
  const definition_changed = definition.map(({ name }) => name);
  try {
    await applySetup(deps, { at, folder, sha, setup_command, about }, signal);
  } catch (error) {
    if (!isSetupFailed(error)) throw error;
    const { sha256 } = await deps.store.putContent({ job_id: at.job_id, source: error.message });
    const tail = error.message.slice(-TAIL_CHARS);
    const how = 'in the setup command';
    return { passed: false, how, tail, log_ref: sha256, seconds: 0, flaky: false, definition_changed };
  }
  await layDefinition(folder, definition);
  const runs = [await run(deps, input, { folder, n: 1 }, signal)];
  if (!runs[0]!.passed && !runs[0]!.timed_out) {
    runs.push(await run(deps, input, { folder, n: 2 }, signal));
  }
  const { passed, how, tail } = runs.at(-1)!;
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  const flaky = passed && runs.length > 1;
  const log_ref = await storeLog(deps, input, runs);
  return { passed, how, tail, log_ref, seconds, flaky, definition_changed };
}

const run = (
  deps: RepositoryCommandDeps,
  { at, check_command, scratch, about, timeout_seconds }: CheckHere,
  { folder, n }: { folder: string; n: number },
  signal: AbortSignal,
): Promise<RepositoryRun> =>
  runRepositoryCommand(
    deps,
    {
      command: check_command,
      cwd: folder,
      tree: folder,
      mirror: at,
      as: 'check',
      traces: join(scratch, `run-${n}`),
      job_id: at.job_id,
      about,
      timeout_seconds,
    },
    signal,
  );

/** What came last, after how much between it and the beginning is left out. */
function* endOf(tail: string, left_out_bytes: number): Generator<Buffer> {
  const last = Buffer.from(tail).subarray(-left_out_bytes);
  const between = left_out_bytes - last.length;
  if (between > 0) yield Buffer.from(`\n[${between} bytes are left out here]\n`);
  yield last;
  if (!tail.endsWith('\n')) yield Buffer.from('\n');
}

async function storeLog(
  { store, mask }: RepositoryCommandDeps,
  { at, check_command }: CheckHere,
  runs: readonly RepositoryRun[],
): Promise<string> {
  async function* text() {
    for (const [index, { log_file, left_out_bytes, tail, how }] of runs.entries()) {
      yield Buffer.from(`${index === 0 ? '' : '\nonce more: '}$ ${mask.text(check_command)}\n`);
      yield* createReadStream(log_file);
      if (left_out_bytes > 0) yield* endOf(tail, left_out_bytes);
      yield Buffer.from(`[${how}]\n`);
    }
  }
  const source = Readable.from(text(), { objectMode: false });
  return (await store.putContent({ job_id: at.job_id, source })).sha256;
}
