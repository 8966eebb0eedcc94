import type { PullRequestStory } from '../../contracts/repository/story.ts';
import { jobWarnings } from '../journal/view.ts';
import { type JobState, plannedTasks } from '../state/job-state.ts';

/** What a pull request tells of the job. */
export function deliveryStory(state: JobState): PullRequestStory {
  const { title, description } = state.spec;
  const verdicts = new Map(state.verdicts.map((verdict) => [verdict.criterion_id, verdict]));
  const criteria = (state.plan?.acceptance_criteria ?? []).map(({ criterion_id, text }) => {
    const { verdict = 'unverified' as const, evidence = '' } = verdicts.get(criterion_id) ?? {};
    return { text, verdict, evidence };
  });
  return {
    ...{ job_id: state.job_id, title, description, criteria },
    tasks: plannedTasks(state).map((planned) => taskOf(state, planned)),
    check: checkOf(state),
    cost_usd: state.budget.spent_usd,
    warnings: jobWarnings(state),
  };
}

function taskOf(state: JobState, { task_id, title }: { task_id: string; title: string }) {
  const { status, agent, work, output, error } = state.tasks[task_id]!;
  const hasLanded = work?.merge === 'landed' && work.merge_sha !== null;
  const { files_changed = 0, insertions = 0, deletions = 0 } = work ?? {};
  return {
    ...{ task_id, title, status, agent },
    landed: hasLanded ? { files_changed, insertions, deletions } : null,
    summary: output?.preview ?? error?.message ?? '',
  };
}

function checkOf({ repository }: JobState) {
  const { command } = repository!.commands.check;
  if (command === null) return null;
  const { status, how = '', definition_changed } = repository!.head_check;
  const passed = status === 'passed' ? true : status === 'failed' ? false : null;
  return { command, passed, how, tail: '', ...(definition_changed ? { definition_changed } : {}) };
}
