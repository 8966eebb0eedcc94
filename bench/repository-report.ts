import { AIMS, reached } from './aims.ts';
import type { Overhead, RepositoryFigures } from './measure/repository.ts';
import { table } from './table.ts';

/** The section of the page about tasks in a repository. */
export function repositorySection({ scale, sandbox, alone, at_once, queue }: RepositoryFigures): string {
  const { files, tasks, merges } = scale;
  const row = (name: string, { by_hand, ours }: Overhead) => {
    const ratio = ours / by_hand;
    const aim = AIMS.repository_ratio;
    return [name, by_hand.toFixed(0), ours.toFixed(0), ratio.toFixed(2), String(aim), reached(ratio, aim)];
  };
  const growth = queue.last / queue.first;
  return `## A task in a repository, over git by hand

${table(
  ['ms per task', 'by hand', 'ours', 'ratio', 'aim', ''],
  [row(`${tasks}, one after the other`, alone), row(`${tasks} at once`, at_once)],
)}

${table(
  ['ms per merge', 'first ten', 'last ten', 'ratio', 'aim', ''],
  [
    [
      `a queue of ${merges}`,
      ...[queue.first.toFixed(0), queue.last.toFixed(0), growth.toFixed(2)],
      ...[String(AIMS.queue_growth), reached(growth, AIMS.queue_growth)],
    ],
  ],
)}

A repository of ${files} files. By hand: \`git clone --shared\`, a change of one file, \`git add --all\`, \`git commit\`, and in a work tree of the results \`git fetch\` and \`git merge --no-ff\`. Ours: the activities that prepare a task's clone, commit what lies in it, merge it and land it, with everything that they store (bundles and diffs), ${sandbox === 'none' ? 'without a sandbox' : 'git over the folders of tasks in the sandbox'}; Temporal's part is in the first table. No set-up and no check, which take what they take. One after the other: medians; at once: clones and commits side by side, merges one after the other, all divided by the number of tasks.
`;
}
