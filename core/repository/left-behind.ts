import { type JobState, plannedTasks, taskStateOf } from '../state/job-state.ts';

/** Names that are told of a list. */
const NAMED = 20;

/**
 * What a job that ends has of work that is in no branch of its repository's: handed in but not landed, or landed but not
 * delivered. In words, with how to get it; empty where all is where it was to go.
 */
export function leftBehind(state: JobState): string[] {
  const { repository, job_id } = state;
  if (!repository) return [];
  const left = plannedTasks(state).flatMap(({ task_id }) => {
    const { head_sha, base_sha, merge } = taskStateOf(state, task_id)?.work ?? {};
    return head_sha && head_sha !== base_sha && merge !== 'landed' ? [task_id] : [];
  });
  const more = left.length > NAMED ? `, and ${left.length - NAMED} more` : '';
  const work = `what these tasks handed in is not in the branch, and is kept: ${left.slice(0, NAMED).join(', ')}${more}`;
  const { from } = state.spec.repository ?? {};
  const branch = from
    ? `what has landed is not delivered by itself: it is for the work of the task ${from.task_id} of the job ${from.at.job_id}, which had it planned`
    : 'what has landed was not delivered, and is kept';
  const fetched = `\`orchestrator fetch ${job_id}\` gets ${repository.branch}`;
  return [
    ...(repository.landed > 0 && !repository.delivered ? [`${branch}: ${fetched}`] : []),
    ...(left.length > 0 ? [`${work}; \`orchestrator fetch ${job_id} --task ${left[0]}\` gets it`] : []),
  ];
}
