import type { ApprovalView } from '../../contracts/view.ts';
import { type JobState, plannedTasks, taskStateOf } from '../state/job-state.ts';
import { printable } from '../text/printable.ts';
import { awaitsPerson, conflictId } from './conflict.ts';

/** Work that does not merge and that nobody but a person can bring together, as it waits for one. */
export function conflictApprovals(state: JobState): ApprovalView[] {
  const planned = plannedTasks(state);
  const landed = planned.filter(({ task_id }) => taskStateOf(state, task_id)?.work?.merge_sha);
  return planned.flatMap(({ task_id, title }): ApprovalView[] => {
    const task = taskStateOf(state, task_id);
    if (!task || !awaitsPerson(state, task)) return [];
    const { files, hunks_ref, requested_at } = task.work!.conflict!;
    const others = landed.map((other) => other.task_id).filter((id) => id !== task_id);
    return [
      {
        job_id: state.job_id,
        approval_id: conflictId(task_id),
        kind: 'conflict',
        task_id,
        prompt: promptFor({ job_id: state.job_id, task_id, title, files, others }),
        arguments: { files: files.slice(0, MAX_FILES), hunks_ref },
        requested_at,
        expires_at: null,
      },
    ];
  });
}

const MAX_FILES = 100;
const NAMED = 20;

function promptFor(about: {
  job_id: string;
  task_id: string;
  title: string;
  files: readonly string[];
  others: readonly string[];
}): string {
  const { job_id, task_id, title, files, others } = about;
  const before = others.length === 0 ? '' : ` (${listed(others)})`;
  const place = `${job_id} --task ${task_id}`;
  return [
    `The work on ${title} does not merge`,
    `The changes of the task ${task_id} and what landed before them${before} touch the same places of: ${listed(files.map(printable))}`,
    [
      'Approve with one of these answers:',
      '- retry: the task is done again, from the branch as it is now',
      `- skip: its work is left out; \`orchestrator fetch ${place}\` still gets it`,
      '- use_agent, with arguments {"agent": NAME}: that agent brings the two together',
      `- resolved: after you did so yourself, by \`orchestrator fetch ${place}\` and \`orchestrator push ${place}\``,
    ].join('\n'),
  ].join('\n\n');
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
