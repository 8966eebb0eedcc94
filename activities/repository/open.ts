import type { Deliver } from '../../contracts/repository/spec.ts';
import type { OpenedRepository, OpenRepositoryInput } from '../../contracts/repository/work.ts';
import { deliverProblem, parseLocation } from '../../core/repository/location.ts';
import { baseBranchOf } from '../../core/repository/refs.ts';
import { searchPath } from '../command/environment.ts';
import { findCommands } from './discover/find-commands.ts';
import { missingPrograms } from './discover/missing-programs.ts';
import { writeOverview } from './discover/overview.ts';
import { REPOSITORY_FILE } from './discover/repository-file.ts';
import type { RepositoryEngine } from './engine.ts';
import { requireGit } from './git/version.ts';
import type { RepositoryHostDeps } from './host.ts';
import { fetchBase } from './mirror/base.ts';
import { storeBundle } from './mirror/bundle.ts';
import { takeDelegatedBase } from './mirror/delegated-base.ts';

/**
 * Fetches the repository of a job, pins its base, finds its commands and writes what a planner should know of it. What another
 * host could not fetch of the base is bundled too: all of it for a path, and the work of a task that the job begins with.
 * @throws RepositoryRefused, LocationRefused, in words for a person; GitError where it can't be reached
 */
export async function openRepository(
  engine: Pick<RepositoryEngine, keyof RepositoryHostDeps | 'config' | 'mask'>,
  input: OpenRepositoryInput,
  signal: AbortSignal,
): Promise<OpenedRepository> {
  const { job_id, location, commands: given, about, from } = input;
  await requireGit(signal);
  const { git_dir, base_branch, base_sha } = from
    ? await takeDelegatedBase(engine, { ...input, from }, signal)
    : await fetchBase(engine, input, signal);
  const origin_sha = from ? (from.at.origin_sha ?? from.at.base_sha) : base_sha;
  const found = await findCommands(git_dir, base_sha, given, signal);
  const where = parseLocation(location);
  const isPath = 'kind' in where && where.kind === 'path';
  const problem =
    found.deliver && 'kind' in where ? deliverProblem(engine.config, where, found.deliver) : null;
  const own = problem === null ? found.deliver : null;
  const ref = `refs/heads/${baseBranchOf(job_id)}`;
  const [overview_ref, base_bundle] = await Promise.all([
    writeOverview(engine, { job_id, git_dir, base_sha, text: about }, signal),
    storeBundle(engine, { git_dir, job_id, from: isPath ? null : origin_sha, to: base_sha, ref }, signal),
  ]);
  return {
    ...{ base_branch, base_sha, base_bundle, overview_ref },
    ...(from ? { origin_sha } : {}),
    commands: found.commands,
    deliver: from ? null : (input.deliver ?? own ?? usualDelivery(engine, where)),
    check_timeout_seconds: engine.config.check_timeout_seconds,
    warnings: [
      ...found.warnings,
      ...(problem === null ? [] : [`${REPOSITORY_FILE}: deliver: ${problem} It is left out.`]),
      ...missingPrograms(found.commands, searchPath(process.env.PATH)),
    ],
    sandbox: engine.sandbox.kind,
  };
}

/** A branch in the repository at a path; of a URL a push where that is allowed, else the branch stays in the mirror. */
function usualDelivery(
  { config }: Pick<RepositoryEngine, 'config'>,
  where: ReturnType<typeof parseLocation>,
): Deliver {
  if (!('host' in where)) return 'branch';
  return config.hosts[where.host]?.allow_push ? 'push' : 'branch';
}
