import type { Schemas } from '../../client/client.ts';
import { isClosed } from '../../contracts/status.ts';
import { style } from '../output.ts';
import {
  budgetText,
  duration,
  elapsed,
  harmless,
  hiddenNotice,
  indent,
  money,
  oneLine,
  table,
} from './text.ts';
import { dagTree } from './tree.ts';

export type ShownJob = Schemas['Job'];
type ShownTask = ShownJob['tasks'][number];

/** One line: title, id, status, time, tasks, money. */
export function jobHeadline(job: ShownJob, now = Date.now()): string {
  const { completed, total } = job.stats;
  const facts = [
    `${completed} of ${total} tasks done`,
    elapsed(job.created_at, job.finished_at, now),
    budgetText(job.budget),
  ];
  const status = style(JOB_STYLE[job.status], `${job.status}${job.partial ? ' (partial)' : ''}`);
  return `${style('bold', oneLine(job.title, 60))}  ${job.job_id}  ${status}  ${style('dim', facts.join(', '))}`;
}

/** The tasks as a tree; `lines` holds the last line that a running task said. */
export function taskTree(
  job: ShownJob,
  lines: ReadonlyMap<string, string> = new Map(),
  now = Date.now(),
): string[] {
  const rows = dagTree(job.tasks).map(({ task, prefix }) => {
    const [mark, format] = MARK[task.status];
    return [
      `${style(format, mark)} ${style('dim', prefix)}${task.task_id}`,
      style(format, statusWords(task)),
      task.agent ?? '',
      task.status === 'pending' ? '' : elapsed(task.started_at, task.finished_at, now),
      task.cost_usd > 0 ? money(task.cost_usd) : '',
      style('dim', about(task, lines.get(task.task_id), now)),
    ];
  });
  return table(rows);
}

/** The whole job for a person: headline, tree, verdicts, warnings, what is wrong, what can be done. */
export function jobText(job: ShownJob): string {
  return [
    jobHeadline(job),
    ...(job.tasks.length > 0 ? ['', ...taskTree(job)] : []),
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
    todo.push(`orchestrator plan ${id}`, `orchestrator approve ${id}`);
  }
  if (job.status === 'paused') todo.push(`orchestrator resume ${id}`);
  if (!isClosed(job.status)) {
    if (job.tasks.some(asks)) todo.push(`orchestrator approvals ${id}`);
    for (const task of job.tasks) todo.push(...taskHints(id, task));
    if (job.status === 'needs_review') todo.push(`orchestrator finish ${id}`);
  }
  return todo.length === 0 ? [] : ['', style('bold', 'What you can do'), ...todo.map((line) => `  ${line}`)];
}

/** Whether its agent asked a person for leave, or for an answer. */
const asks = ({ status, reason }: ShownTask): boolean =>
  status === 'running' && reason === 'waiting_for_person';

function taskHints(job: string, { task_id, status, reason }: ShownTask): string[] {
  const of = `${job} ${task_id}`;
  if (status === 'awaiting_approval')
    return [`orchestrator approve-task ${of}`, `orchestrator reject-task ${of}`];
  if (status === 'blocked' && reason === 'waiting_for_person')
    return [`orchestrator complete ${of} --output TEXT`];
  if (status === 'blocked' && reason === 'budget_exhausted') return [`orchestrator budget ${job} USD`];
  if (status === 'failed' || status === 'blocked')
    return [`orchestrator retry ${of}`, `orchestrator skip ${of}`];
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
    return `rate limited, goes on in ${duration((Date.parse(task.parked_until) - now) / 1000)}`;
  }
  if (task.status === 'running' && task.reason === null) return line ? oneLine(line, 70) : '';
  if (task.reason) return task.reason.replaceAll('_', ' ');
  if (task.status === 'failed') return oneLine(task.error?.message ?? '', 70);
  if (task.status === 'completed') return oneLine(task.output_preview?.trim().split('\n')[0] ?? '', 70);
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
