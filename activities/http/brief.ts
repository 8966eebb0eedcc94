import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { AgentBrief } from '../../contracts/http-agent.ts';

/**
 * The brief that an agent is given; one over HTTP gets an address for its answer as well.
 * @param public_url base URL of the API
 * @param deadline_at ISO-8601 UTC
 */
export function briefFor(
  request: AttemptRequest,
  { public_url, deadline_at }: { public_url: string; deadline_at: string },
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
    deadline_at,
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
