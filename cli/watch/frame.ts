import { style } from '../output.ts';
import { jobHeadline, type ShownJob, taskTree } from '../view/job.ts';
import { repositoryLine } from '../view/repository.ts';
import { fitted } from '../view/text.ts';
import { dagTree } from '../view/tree.ts';

/** What a person looks for first, when not all tasks have room. */
const RANK: Record<ShownJob['tasks'][number]['status'], number> = {
  awaiting_approval: 0,
  blocked: 0,
  failed: 0,
  running: 1,
  pending: 3,
  completed: 2,
  skipped: 4,
  cancelled: 4,
};

/**
 * The lines of a running job that fit a terminal, so that nothing of them scrolls away: its headline always, what stands
 * `below` the tasks as far as it leaves half of the room to them, and of too many tasks those that matter most.
 */
export function frame(
  job: ShownJob,
  lines: ReadonlyMap<string, string>,
  below: readonly string[],
  { rows, columns }: { rows: number; columns: number },
): string[] {
  const head = jobHeadline(job, Date.now(), columns);
  const tree = taskTree(job, lines, Date.now(), columns);
  const room = Math.max(0, rows - 2); // the headline, and the line that the cursor stands on
  const repository = repositoryLine(job);
  const all = ['', ...tree, ...(repository ? ['', repository] : []), ...below];
  if (all.length <= room) return [head, ...all].map((line) => fitted(line, columns));
  const kept = below.slice(0, Math.floor(room / 2));
  const count = Math.max(0, room - kept.length);
  const body = tree.length <= count ? tree : someOf(job, tree, count);
  return [head, ...body, ...kept].map((line) => fitted(line, columns));
}

/** So many of the lines, in their order, the last one for the tasks that are left out. */
function someOf(job: ShownJob, tree: readonly string[], count: number): string[] {
  if (count === 0) return [];
  const tasks = dagTree(job.tasks).map(({ task }) => task);
  const order = tasks
    .map((task, index) => ({ index, rank: RANK[task.status] }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index);
  const shown = new Set(order.slice(0, count - 1).map(({ index }) => index));
  const hidden = Map.groupBy(
    tasks.filter((_, index) => !shown.has(index)),
    ({ status }) => status,
  );
  const counts = [...hidden].map(([status, some]) => `${some.length} ${status.replaceAll('_', ' ')}`);
  return [...tree.filter((_, index) => shown.has(index)), style('dim', `  … more: ${counts.join(', ')}`)];
}
