import { median, percentile } from '../statistics.ts';
import { table } from '../table.ts';
import { PATIENCE_SECONDS } from './engine.ts';
import type { Kill, PeerFigures, PeerScale } from './measure.ts';

export const PEERS_HEADING = '## Beside LangGraph.js and Mastra';

/** What the figures depend on. */
export interface PeerRun {
  /** versions by package */
  versions: Record<string, string>;
  /** day of the run, `YYYY-MM-DD` */
  date: string;
  seconds: number;
  /** processes that wanted one of the cores before the start */
  load_before: number;
  cores: number;
}

/** The section of the page about frameworks that do the same. */
export function peersSection(figures: readonly PeerFigures[], scale: PeerScale, run: PeerRun): string {
  const plans = figures[0]!.plans;
  return `${PEERS_HEADING}

${table(
  ['time over the schedule on paper', ...plans.map(planHead), 'median'],
  figures.map((of) => [
    of.name,
    ...of.plans.map(({ ratio }) => ratio.toFixed(3)),
    median(of.plans.map(({ ratio }) => ratio)).toFixed(3),
  ]),
)}

The random plans of above, smaller and all at the same time, with ${scale.max_workers} workers each; a task sleeps for exactly what it is estimated to take. The time is from submitting a plan that needs no approval. List scheduling is not the best there is: a delay that changes the order can make it shorter.

${table(
  ['ms', 'submit, until the first task is at work: p50', 'worst', 'approve, until it is: p50', 'worst', 'n'],
  figures.map(({ name, start_ms, approve_ms }) => [
    name,
    ...[...spread(start_ms), ...spread(approve_ms)],
    String(start_ms.length),
  ]),
)}

${table(
  [
    `kill -9 in the middle of ${plans.length} plans`,
    'ended tasks that ran again',
    'running tasks that lay there',
    'goes on',
    's until a task is at work',
    's until all that ran are',
  ],
  figures.flatMap(({ name, kills }) => kills.map((kill) => killRow(`${name}: ${kill.victim}`, kill))),
)}

Orchestrator is asked over HTTP and keeps all that it does in Temporal and a database, here with files of SQLite: it has no mode that keeps nothing. The others are libraries. They are called inside the process that also does the tasks, one for each row, and keep their checkpoints in its memory, or in a PostgreSQL on the same machine that does not wait for the disk. That is most of the difference between their starts and ours: theirs is a call of a function. Each is used as its documentation shows, and in a way around its barriers:

- **LangGraph, graph**: a node a task, an edge a dependency, \`maxConcurrency\`. A graph goes in supersteps: what is behind a task waits for all tasks of its step. Within a step the longest path starts first.
- **LangGraph, functions**: the functional API, \`entrypoint\` and \`task\`. It has no barriers, and neither an order nor a bound (\`maxConcurrency\` is for nodes): both are of a scheduler that comes with the benchmark, \`bench/peers/schedule.ts\`.
- **Mastra, foreach**: a workflow is a sequence, so the plan goes level by level, each a \`.foreach()\` with \`concurrency\`, the only bound that there is. A level waits for all of the one before; within it the longest path starts first.
- **Mastra, parallel**: all tasks in one \`.parallel()\`, with the same scheduler inside the steps. Its documentation does not show this.

A gate is the approval of the plan, an \`interrupt\` answered by a \`Command\`, and a suspended step that is resumed. A kill comes when half of the tasks have ended. What it hit is started again at once, by the launcher where that lives. A framework then has ${PATIENCE_SECONDS} s to go on, before it is asked to, with its plan at hand: by \`invoke(null)\` on the thread, and by \`run.restart()\`, which the server that comes with Mastra calls for all runs when it starts. What was in memory is submitted again. Tasks that ran at the kill and did not until then \`lay there\`. The seconds are from the kill, without that wait. Orchestrator misses a task whose worker is gone by its heartbeats, after 10 s. LangGraph stores the result of every task; Mastra stores where it is when a step of the workflow begins and when an entry ends, so a restart repeats all tasks of a \`.foreach()\` that has not ended, and of a \`.parallel()\` those that ended after its last step began; a step that waits for its turn has begun.

By \`npm run bench -- --peers\` on ${run.date}, in ${Math.round(run.seconds)} s: ${versionsOf(run)}. Load before the start: ${run.load_before} on ${run.cores} cores.
`;
}

const planHead = ({ seed, tasks, paper_seconds }: PeerFigures['plans'][number]): string =>
  `seed ${seed}: ${tasks} tasks, ${paper_seconds.toFixed(2)} s`;

const spread = (values: number[]): string[] => [
  percentile(values, 50).toFixed(0),
  Math.max(...values).toFixed(0),
];

const killRow = (name: string, kill: Kill): string[] => [
  name,
  `${kill.ended_again} of ${kill.ended}`,
  `${kill.left_lying} of ${kill.running}`,
  kill.how,
  (kill.first_ms / 1000).toFixed(1),
  (kill.all_ms / 1000).toFixed(1),
];

const versionsOf = ({ versions }: PeerRun): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
