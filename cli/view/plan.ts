import type { Schemas } from '../../client/client.ts';
import { commandText } from '../../contracts/command-text.ts';
import { modelCost } from '../../contracts/plan.ts';
import { style } from '../output.ts';
import { plannedLines } from './repository.ts';
import { estimate, exact, harmless, hiddenNotice, indent, money, oneLine, table } from './text.ts';
import { dagTree } from './tree.ts';

/** A plan as it is shown. */
export type ShownPlan = NonNullable<Schemas['Plan']>;

/** What is told with a plan of the job that it is for. */
export type PlannedJob = Pick<Schemas['Job'], 'repository' | 'file_conflicts'>;

/** A task of a plan that the service gave: whatever has a default is filled in. */
type ShownTask = Required<ShownPlan['tasks'][number]>;

/**
 * The plan for a person: the DAG with agents and estimates, criteria, forecast, warnings; of a job that works in a
 * repository also what decides there, and which files several tasks change.
 */
export function planText(plan: ShownPlan, job?: PlannedJob): string {
  const { seconds_critical_path, basis } = plan.forecast;
  const cost = modelCost(plan.forecast, money);
  const count = plan.tasks.length === 1 ? '1 task' : `${plan.tasks.length} tasks`;
  const head = `${style('bold', `Plan, version ${plan.version}`)} (${plan.source}): ${count}, about ${estimate(seconds_critical_path)}, ${cost}`;
  return [
    head,
    ...(basis ? [style('dim', `Forecast: ${harmless(basis)}`)] : []),
    ...(plan.rationale ? [harmless(plan.rationale)] : []),
    '',
    ...taskTable(plan),
    ...section('Objectives', plan.objectives),
    ...section('Constraints', plan.constraints),
    ...section('Acceptance criteria', criteria(plan)),
    ...(job?.repository ? plannedLines(job.repository) : []),
    ...section('Several tasks may change the same file', conflicts(job)),
    ...section('Warnings', plan.warnings, 'yellow'),
    ...hidden(plan),
  ].join('\n');
}

function taskTable(plan: ShownPlan): string[] {
  const head = ['TASK', 'AGENT', 'ESTIMATE', 'TITLE', ''].map((text) => style('dim', text));
  const branches = dagTree(plan.tasks as ShownTask[]);
  const rows = branches.map(({ task, prefix, also_after }) => [
    `${style('dim', prefix)}${task.task_id}`,
    task.agent ?? (task.capabilities.length > 0 ? `[${task.capabilities.join(', ')}]` : '-'),
    estimate(task.estimated_seconds),
    oneLine(task.title, 60),
    style('dim', details(task, also_after)),
  ]);
  const [heading = '', ...lines] = table([head, ...rows]);
  return [heading, ...branches.flatMap(({ task }, index) => [lines[index] ?? '', ...runs(task)])];
}

/** What a task will run, whole: nobody should approve what they have not seen. */
function runs({ command, env, cwd }: ShownTask): string[] {
  if (command === null) return [];
  const settings = Object.entries(env).map(([name, value]) => `${name}=${JSON.stringify(value)} `);
  const place = cwd === '.' ? '' : `cd ${cwd}; `;
  const text = `${place}${settings.join('')}${commandText(command)}`.trimEnd();
  return exact(text)
    .split('\n')
    .map((line, index) => style('dim', `    ${index === 0 ? '$' : ' '} ${line}`));
}

function hidden(plan: ShownPlan): string[] {
  const notice = hiddenNotice(plan);
  return notice.length === 0 ? [] : ['', ...notice];
}

function details(task: ShownTask, also_after: string[]): string {
  return [
    ...(also_after.length > 0 ? [`also after ${also_after.join(', ')}`] : []),
    ...(task.approval === 'required' ? ['waits for approval'] : []),
    ...(task.risk === 'low' ? [] : [`${task.risk} risk`]),
    ...(task.max_attempts === 3 ? [] : [`${task.max_attempts} attempt${task.max_attempts === 1 ? '' : 's'}`]),
    ...(task.budget_usd === null ? [] : [`at most ${money(task.budget_usd)}`]),
    ...(task.acceptance_criteria.length > 0 ? [`covers ${task.acceptance_criteria.join(', ')}`] : []),
  ].join('; ');
}

function criteria(plan: ShownPlan): string[] {
  return plan.acceptance_criteria.map(({ criterion_id, text, command }) => {
    const check =
      command === undefined ? '' : style('dim', `  checked by: ${exact(commandText(command)).trimEnd()}`);
    return `${criterion_id}  ${oneLine(text, 200)}${check}`;
  });
}

const conflicts = (job: PlannedJob | undefined): string[] =>
  (job?.file_conflicts ?? []).map(
    ({ file, task_ids }) => `${oneLine(file, 100)}: ${oneLine(task_ids.join(', '), 200)}`,
  );

function section(title: string, lines: readonly string[], colour: 'yellow' | 'bold' = 'bold'): string[] {
  if (lines.length === 0) return [];
  return ['', style(colour, title), ...lines.map((line) => indent(`- ${harmless(line)}`))];
}
