import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { AgentBrief, BriefRepository } from '../../contracts/http-agent.ts';
import type { TaskRepository } from '../../contracts/repository/work.ts';
import { taskBranch } from '../../core/repository/refs.ts';

/**
 * The brief that an agent is given; one over HTTP gets an address for its answer as well.
 * @param public_url base URL of the API
 * @param deadline_at ISO-8601 UTC
 * @param token of its callback address, by which it reaches bundles of the job's repository; null: it has none
 */
export function briefFor(
  request: AttemptRequest,
  { public_url, deadline_at, token }: { public_url: string; deadline_at: string; token: string | null },
): Omit<AgentBrief, 'callback_url'> {
  const { job_id, owner, task, attempt, dependencies } = request;
  const job = `${public_url}/orchestrate/${encodeURIComponent(job_id)}`;
  return {
    job_id,
    owner,
    task_id: task.task_id,
    ...request.client,
    attempt,
    title: task.title,
    description: describe(request),
    context_url: `${job}/task/${encodeURIComponent(task.task_id)}/context`,
    artifacts: dependencies
      .flatMap((dependency) => dependency.artifacts)
      .map(({ artifact_id, name, media_type, size_bytes, sha256 }) => ({
        name,
        media_type,
        size_bytes,
        sha256,
        url: `${job}/artifacts/${encodeURIComponent(artifact_id)}`,
      })),
    ...(request.repository && token !== null
      ? {
          repository: repositoryFor(
            task.task_id,
            request.repository,
            `${public_url}/callbacks/${token}/bundle`,
          ),
        }
      : {}),
    deadline_at,
  };
}

function repositoryFor(
  task_id: string,
  { at, from_sha, merging }: TaskRepository,
  bundle_url: string,
): BriefRepository {
  return {
    url: at.location.startsWith('/') ? null : at.location,
    base_sha: from_sha,
    branch: taskBranch(at.job_id, task_id),
    base_bundle_url: at.base_bundle === null ? null : `${bundle_url}?base=true`,
    bundle_url: at.head_bundle === null ? null : bundle_url,
    put_url: bundle_url,
    ...(merging
      ? {
          merging: {
            task_id: merging.task_id,
            head_sha: merging.head_sha,
            bundle_url:
              merging.bundle_ref === null
                ? null
                : `${bundle_url}?task_id=${encodeURIComponent(merging.task_id)}`,
          },
        }
      : {}),
  };
}

/** The task's own words, its criteria, and how the attempt before this one went. */
function describe({ task, criteria, previous_failure: failure }: AttemptRequest): string {
  const parts = [task.description];
  if (criteria?.length) {
    parts.push(`Acceptance criteria:\n${criteria.map(({ text }) => `- ${text}`).join('\n')}`);
  }
  if (failure) {
    const tail = failure.tail ? `\nIt ended with:\n${failure.tail}` : '';
    parts.push(`An earlier attempt failed (${failure.code}): ${failure.message}${tail}`);
  }
  return parts.filter(Boolean).join('\n\n');
}
