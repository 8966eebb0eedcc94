import type { Deliver } from '../../../contracts/repository/spec.ts';
import type { DeliverInput, DeliverResult } from '../../../contracts/repository/work.ts';
import { deliverProblem, hostOf, parseLocation } from '../../../core/repository/location.ts';
import { pullRequestBody } from '../../../core/repository/pull-request-body.ts';
import { resultBranch } from '../../../core/repository/refs.ts';
import { LocationRefused } from '../remote/refused.ts';
import type { DeliverDeps } from './deps.ts';
import { HostingError } from './hosting.ts';
import { requestPull } from './pull-request.ts';
import { pushBranch } from './push.ts';
import { branchAtPath } from './to-path.ts';

/**
 * Brings the branch of a job to where its submission wants it. A repeat finds what is there already. Nothing is ever
 * forced, and no other branch is touched.
 * `branch`: into the repository at the path; of a URL it stays here, from where `orchestrator fetch` gets it.
 * @throws what `reachPoint` throws, and whatever the signal was aborted with
 */
export async function deliverWork(
  deps: DeliverDeps,
  input: DeliverInput,
  signal: AbortSignal,
): Promise<DeliverResult> {
  const { at, deliver } = input;
  const location = parseLocation(at.location);
  if ('problem' in location) return refused(`The repository ${location.problem}.`);
  const problem = deliverProblem(deps.config, location, deliver);
  if (problem !== null) return refused(problem);
  if (deliver === 'pull_request' && at.head_sha === at.base_sha) {
    return refused('There is nothing to open a pull request with: nothing was changed.');
  }
  const { git_dir } = await deps.reachPoint(at, signal);
  const branch = resultBranch(at.job_id);
  const work = { git_dir, branch, head_sha: at.head_sha };
  try {
    if (location.kind === 'path') {
      const reason = await branchAtPath(
        deps,
        { ...work, base_sha: at.base_sha, path: location.path },
        signal,
      );
      return reason ?? done(deliver, branch);
    }
    if (deliver === 'branch') return done(deliver, branch);
    const reason = await pushBranch(deps, { ...work, location: at.location }, signal);
    if (reason !== null || deliver === 'push') return reason ?? done(deliver, branch);
    const host = hostOf(deps.config, location);
    if ('problem' in host) return refused(`The repository ${host.problem}.`);
    const wanted = {
      title: input.story.title,
      body: pullRequestBody(input.story),
      branch,
      base: at.base_branch,
      head_sha: at.head_sha,
    };
    return done(deliver, branch, await requestPull(deps, { location, host, wanted }, signal));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LocationRefused) return refused(error.message);
    if (!(error instanceof HostingError)) throw error;
    const message = `The branch ${branch} was pushed, but no pull request could be opened or updated. ${error.message}`;
    return { ok: false, message, retryable: error.retryable };
  }
}

const refused = (message: string): DeliverResult => ({ ok: false, message, retryable: false });

const done = (kind: Deliver, ref: string, pull_request: string | null = null): DeliverResult => ({
  ok: true,
  delivered: { kind, ref, pull_request },
});
