import type { BroughtIn, CommitLog } from '../../contracts/repository/delegated.ts';
import { DiffStat } from '../../contracts/repository/view.ts';
import { statText } from '../../core/repository/stat-text.ts';
import type { ArchivedJob, Store } from '../../store/index.ts';

type Deps = { store: Pick<Store, 'getContent' | 'readEventsOfTypes'> };

/** Files that are named to an agent. */
const NAMED_FILES = 50;

/** What an agent is told of the work that others did in its repository, line by line. */
export async function changesTold(
  deps: Deps,
  { view, changes }: ArchivedJob,
  brought: BroughtIn,
): Promise<string[]> {
  const { repository } = view;
  const red = repository?.check.base === 'failed' ? [BASE_FAILED] : [];
  if (brought.status === 'nothing')
    return [...red, 'Nothing that they did has landed: your folder is as it was.'];
  const stat = changes?.diff ? await statOf(deps, changes.diff.stat_ref) : [];
  if (brought.status === 'failed') {
    const where = `it is the commit ${repository?.head_sha} of the branch ${repository?.branch}`;
    return [
      ...red,
      `What they changed could not be brought into your folder: ${brought.message}; ${where}.`,
      ...stat,
    ];
  }
  const { head_sha, log } = brought;
  if (brought.status === 'brought') {
    const at = `What they changed is in your folder, which is at the commit ${head_sha} now.`;
    return [...red, at, ...stat, ...logOf(log)];
  }
  const hunks = (await deps.store.getContent(brought.hunks_ref)).toString('utf8');
  return [
    ...red,
    `What they changed is not in your folder, where nothing was changed: it does not merge with what has changed there since they began, in ${brought.files.join(', ')}.`,
    `It is the commit ${head_sha}, which your folder knows: \`git merge ${head_sha}\` brings it in and marks those places, for you to decide what is to stand there.`,
    ...stat,
    ...logOf(log),
    'Those places:',
    hunks,
  ];
}

/** Where the work of tasks is that is in no branch of the job, by their ids. */
export async function keptWork({ store }: Deps, { view }: ArchivedJob): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  const undone = new Set(
    view.tasks
      .filter(({ repository }) => repository && repository.merge !== 'landed')
      .map(({ task_id }) => task_id),
  );
  if (undone.size === 0) return kept;
  for (const { task_id, data } of await store.readEventsOfTypes(view.job_id, ['task.committed'])) {
    if (!task_id || !undone.has(task_id) || data.files_changed === 0) continue;
    const fetched = `\`orchestrator fetch ${view.job_id} --task ${task_id}\` gets it`;
    kept.set(task_id, `what it did is kept as the commit ${data.head_sha}; ${fetched}`);
  }
  return kept;
}

const BASE_FAILED =
  'The check failed on what was in your folder when they began: nothing could land there before some work had mended that.';

async function statOf({ store }: Deps, ref: string): Promise<string[]> {
  const stat = DiffStat.parse(JSON.parse((await store.getContent(ref)).toString('utf8')));
  const files = stat.files.slice(0, NAMED_FILES);
  return [statText({ ...stat, files, truncated: files.length < stat.files_changed }).trimEnd()];
}

const logOf = ({ lines, count }: CommitLog): string[] => [
  `${count === 1 ? 'The commit' : `The ${count} commits, merges left out`}:`,
  ...lines.map((line) => `- ${line}`),
  ...(count > lines.length ? [`- and ${count - lines.length} before these`] : []),
];
