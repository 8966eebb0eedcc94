import type { Schemas } from '../../client/client.ts';
import { isClosed } from '../../contracts/status.ts';
import { CLI } from '../called.ts';
import { style, terminalColumns } from '../output.ts';
import { mergeWords, repositoryLines } from './repository.ts';
import {
  budgetText,
  duration,
  elapsed,
  fitted,
  harmless,
  hiddenNotice,
  indent,
  money,
  oneLine,
  table,
  width,
} from './text.ts';
import { dagTree } from './tree.ts';

export type ShownJob = Schemas['Job'];
type ShownTask = ShownJob['tasks'][number];

/** Whether nothing in it goes on until a person has done something. */
export function needsPerson({ status, tasks }: ShownJob): boolean {
  if (status === 'needs_review' || status === 'awaiting_approval') return true;
  if (status !== 'running') return false;
  const open = new Set(tasks.filter((task) => !SETTLED.has(task.status)).map(({ task_id }) => task_id));
  const goesOn = (task: ShownTask) =>
    (task.status === 'running' && !asks(task)) ||
    (task.status === 'pending' && !task.depends_on.some((id) => open.has(id)));
  return tasks.some(waitsForPerson) && !tasks.some(goesOn);
}

const SETTLED: ReadonlySet<string> = new Set(['completed', 'skipped', 'failed', 'cancelled']);

const waitsForPerson = (task: ShownTask): boolean =>
  task.status === 'awaiting_approval' ||
  (task.reason === 'waiting_for_person' && task.status !== 'completed');

/** One line: title, id, status, time, tasks, money; where `columns` are few, the title gives way. */
export function jobHeadline(job: ShownJob, now = Date.now(), columns = terminalColumns()): string {
  const { completed, total } = job.stats;
  const facts = [
    `${completed} of ${total} tasks done`,
    elapsed(job.created_at, job.finished_at, now),
    budgetText(job.budget),
  ];
  const status = style(JOB_STYLE[job.status], `${job.status}${job.partial ? ' (partial)' : ''}`);
  const rest = `  ${job.job_id}  ${status}  ${style('dim', facts.join(', '))}`;
  const room = columns === undefined ? 60 : Math.max(12, columns - width(rest));
  return `${style('bold', fitted(oneLine(job.title, 60), room))}${rest}`;
}

/** The tasks as a tree; `lines` holds the last line that a running task said. */
export function taskTree(
  job: ShownJob,
  lines: ReadonlyMap<string, string> = new Map(),
  now = Date.now(),
  columns = terminalColumns(),
): string[] {
  const rows = dagTree(job.tasks).map(({ task, prefix }) => {
    const [mark, format] = MARK[task.status];
    return [
      `${style(format, mark)} ${style('dim', shortened(prefix, columns))}${task.task_id}`,
      style(format, statusWords(task)),
      task.agent ?? '',
      task.status === 'pending' ? '' : elapsed(task.started_at, task.finished_at, now),
      task.cost_usd > 0 ? money(task.cost_usd) : '',
      style('dim', about(task, lines.get(task.task_id), now)),
    ];
  });
  return table(rows);
}

/** Of a long chain the end of its branches: what is said of its tasks keeps two thirds of the terminal. */
function shortened(prefix: string, columns: number | undefined): string {
  const most = columns === undefined ? prefix.length : Math.max(4, Math.floor(columns / 3) - 8);
  return prefix.length <= most ? prefix : `…${prefix.slice(1 - most)}`;
}

/** The whole job for a person: headline, tree, verdicts, warnings, what is wrong, what can be done. */
export function jobText(job: ShownJob): string {
  return [
    jobHeadline(job),
    ...(job.tasks.length > 0 ? ['', ...taskTree(job)] : []),
    ...repositoryLines(job),
    ...verdicts(job),
    ...resultWarnings(job),
    ...leftOut(job),
    ...(job.warnings.length > 0
      ? ['', style('yellow', 'Warnings'), ...job.warnings.map((text) => `  - ${harmless(text)}`)]
      : []),
    ...hiddenNotice(job),
    ...problem(job),
    ...hints(job),
  ].join('\n');
}

/** The verdict on each criterion, with its evidence. */
function verdicts(job: ShownJob): string[] {
  if (job.criteria.length === 0) return [];
  const lines = job.criteria.flatMap(({ criterion_id, text, verdict, evidence }) => [
    `  ${style(VERDICT_STYLE[verdict], verdict.padEnd(10))}  ${criterion_id}  ${oneLine(text, 100)}`,
    ...(evidence ? [style('dim', `              ${oneLine(evidence, 160)}`)] : []),
  ]);
  return ['', style('bold', 'Acceptance criteria'), ...lines];
}

/** What results may have been meant to be and are not. */
function resultWarnings(job: ShownJob): string[] {
  const lines = job.tasks.flatMap(({ task_id, warnings = [] }) =>
    warnings.map((warning) => `  ${task_id}: ${harmless(warning)}`),
  );
  return lines.length === 0 ? [] : ['', style('yellow', 'Warnings about results'), ...lines];
}

/** Files that are no artifacts, though a command left them to be. */
function leftOut(job: ShownJob): string[] {
  const lines = job.tasks.flatMap(({ task_id, artifacts_left_out }) =>
    artifacts_left_out.map(({ name, reason }) => `  ${task_id}: ${harmless(name)}: ${harmless(reason)}`),
  );
  return lines.length === 0 ? [] : ['', style('yellow', 'Left out of the artifacts'), ...lines];
}

/** What a person can do now, as commands. */
export function hints(job: ShownJob): string[] {
  const id = job.job_id;
  const todo: string[] = [];
  if (job.status === 'awaiting_approval') {
    todo.push(`${CLI} plan ${id}`, `${CLI} approve ${id}`);
  }
  if (job.status === 'paused') todo.push(`${CLI} resume ${id}`);
  if (!isClosed(job.status)) {
    if (job.tasks.some(asks)) todo.push(`${CLI} approvals ${id}`);
    for (const task of job.tasks) todo.push(...taskHints(id, task, job.repository !== undefined));
    if (job.status === 'needs_review') todo.push(`${CLI} finish ${id}`);
  }
  return todo.length === 0 ? [] : ['', style('bold', 'What you can do'), ...todo.map((line) => `  ${line}`)];
}

/** Whether its agent asked a person for leave, or for an answer. */
const asks = ({ status, reason }: ShownTask): boolean =>
  status === 'running' && reason === 'waiting_for_person';

function taskHints(job: string, { task_id, status, reason }: ShownTask, isRepository: boolean): string[] {
  const of = `${job} ${task_id}`;
  if (status === 'awaiting_approval') return [`${CLI} approve-task ${of}`, `${CLI} reject-task ${of}`];
  if (status === 'blocked' && reason === 'waiting_for_person') {
    const work = isRepository
      ? [`${CLI} fetch ${job} --task ${task_id}`, `${CLI} push ${job} --task ${task_id}`]
      : [];
    return [...work, `${CLI} complete ${of} --output TEXT`];
  }
  if (status === 'blocked' && reason === 'budget_exhausted') return [`${CLI} budget ${job} USD`];
  if (status === 'failed' || status === 'blocked') return [`${CLI} retry ${of}`, `${CLI} skip ${of}`];
  return [];
}

function problem(job: ShownJob): string[] {
  const failed = job.tasks.filter(
    (task) => task.error && (task.status === 'failed' || task.status === 'blocked'),
  );
  const lines = failed.map(
    ({ task_id, error }) => `  ${task_id}: ${harmless(error!.message)}${tail(error!.tail)}`,
  );
  if (job.error && failed.length === 0) lines.unshift(`  ${harmless(job.error.message)}`);
  return lines.length === 0 ? [] : ['', style('red', 'What went wrong'), ...lines];
}

const tail = (text: string | undefined): string =>
  text?.trim() ? `\n${indent(harmless(text.trim().split('\n').slice(-5).join('\n')), 6)}` : '';

function statusWords(task: ShownTask): string {
  const again = task.attempt > 1 ? `, attempt ${task.attempt}` : '';
  return `${task.status.replaceAll('_', ' ')}${again}`;
}

function about(task: ShownTask, line: string | undefined, now: number): string {
  if (task.parked_until) {
    return `rate limited, continues in ${duration((Date.parse(task.parked_until) - now) / 1000)}`;
  }
  const merge = mergeWords(task.repository);
  if (task.status === 'running' && merge) return merge;
  if (task.status === 'running' && task.reason === null) return line ? oneLine(line, 70) : '';
  if (task.reason) return task.reason.replaceAll('_', ' ');
  if (task.status === 'failed') return oneLine(task.error?.message ?? '', 70);
  if (task.status === 'completed') {
    const output = oneLine(task.output_preview?.trim().split('\n')[0] ?? '', 70);
    return [merge, output].filter(Boolean).join('  ');
  }
  return '';
}

const JOB_STYLE = {
  planning: 'cyan',
  awaiting_approval: 'yellow',
  running: 'cyan',
  paused: 'yellow',
  needs_review: 'yellow',
  synthesizing: 'cyan',
  verifying: 'cyan',
  completed: 'green',
  failed: 'red',
  rejected: 'red',
  cancelled: 'red',
} as const;

const VERDICT_STYLE = { met: 'green', unmet: 'red', unverified: 'yellow' } as const;

const MARK = {
  pending: ['·', 'dim'],
  awaiting_approval: ['?', 'yellow'],
  running: ['▶', 'cyan'],
  blocked: ['‖', 'yellow'],
  completed: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
  cancelled: ['×', 'dim'],
} as const;
