import type { Checked, MergePart, RepositoryPoint } from '../../../contracts/repository/work.ts';
import { leaveHost } from '../../../core/repository/leave-host.ts';
import { pointOf } from '../../../core/repository/state.ts';
import { repositoryOnHost } from '../../activities.ts';
import { isHostThere, isUnstarted } from '../../unstarted.ts';
import { hostOf } from '../children.ts';
import type { Job } from '../context.ts';

/** Whether there is a check that may be run. */
export const isChecked = ({ state }: Job): boolean =>
  !state.spec.no_commands && state.repository!.commands.check.command !== null;

/** Runs the check on a commit of the job. */
export function runCheck(job: Job, sha: string, about: string, parts: MergePart[] = []): Promise<Checked> {
  const { commands, check_timeout_seconds: timeout_seconds } = job.state.repository!;
  const input = {
    ...{ sha, parts, about, timeout_seconds },
    setup_command: commands.setup.command,
    check_command: commands.check.command!,
  };
  // a day in line, setup, check, check again
  return onRepositoryHost(
    job,
    (host) => host.checkCommit({ at: pointNow(job), ...input }),
    86_400 + 3 * timeout_seconds,
  );
}

/** How the repository stands now. */
export const pointNow = ({ state }: Job): RepositoryPoint => pointOf(state, state.repository!);

/**
 * Does something on the host with the mirror. Where that host is gone another one makes the mirror anew, from the
 * repository and from bundles, and what the lost one may still do there changes nothing.
 */
export async function onRepositoryHost<R>(
  job: Job,
  run: (host: ReturnType<typeof repositoryOnHost>) => Promise<R>,
  timeoutSeconds?: number,
): Promise<R> {
  const { state, settings } = job;
  for (;;) {
    const host_id = await hostOf(job);
    try {
      return await run(repositoryOnHost(host_id, settings, timeoutSeconds));
    } catch (error) {
      if (!isUnstarted(error)) throw error;
      if (await isHostThere(host_id, settings.host_wait_seconds)) continue;
      job.emit(leaveHost(state, host_id));
    }
  }
}

/** What an activity says went wrong, in words. */
export function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
