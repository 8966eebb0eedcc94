import { ProblemError } from '../../../contracts/error.ts';
import { isClosed } from '../../../contracts/status.ts';
import type { JobView } from '../../../contracts/view.ts';
import type { Ctx } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { command } from '../../jobs/command.ts';
import { jobEnded } from '../../jobs/find-job.ts';
import { currentSnapshot } from '../../jobs/snapshot.ts';
import { readView } from '../../jobs/view.ts';
import { waitForJob } from '../../jobs/wait.ts';
import type { Execution } from './shapes.ts';
import { reasonOf, subtaskIds } from './status.ts';

/** How long it is waited until every task that starts has its agent, or none. */
const ASSIGNED_MS = 10_000;
/** How long it is waited whether an agent refuses what it was given. */
const REFUSAL_MS = 1500;

/** Starts or continues a job: approves its plan, or ends a pause and opens the gates that wait. */
export async function execute(deps: ApiDeps, c: Ctx, view: JobView, asked: Execution): Promise<void> {
  const { job_id, status } = view;
  if (status === 'completed') return;
  if (isClosed(status)) jobEnded(status, reasonOf(view));
  const checkpoints = asked.checkpoints && toTaskIds(view, asked.checkpoints);
  const gates = {
    ...(asked.execution_mode === undefined ? {} : { hold: holdOf(deps, asked.execution_mode) }),
    ...(checkpoints === undefined ? {} : { checkpoints }),
  };
  // a repetition under the same key finds its earlier answer by the command that it was
  if (status === 'awaiting_approval' || c.req.header('idempotency-key') !== undefined) {
    const first = { hold: holdOf(deps, 'auto'), ...gates };
    if (await applied(command(deps, c, job_id, 'approve', first, asked))) return;
  }
  const now = await readView(deps, c.get('sees'), job_id);
  if (now.status === 'paused') await applied(command(deps, c, job_id, 'resume', {}, asked));
  if (['running', 'paused', 'needs_review'].includes(now.status)) {
    if (await applied(command(deps, c, job_id, 'release_gates', gates, asked))) return;
    // it has ended meanwhile
    const end = await readView(deps, c.get('sees'), job_id);
    if (isClosed(end.status) && end.status !== 'completed') jobEnded(end.status, reasonOf(end));
  }
}

/** The job once its ready tasks have been taken or wait for a person, or one of them was taken by nobody. */
export async function whenTaken(deps: ApiDeps, c: Ctx, job_id: string): Promise<JobView> {
  const { agents } = await currentSnapshot(deps, c.get('owner'));
  const here = new Set(
    agents.filter(({ kind }) => kind !== 'http' && kind !== 'task_queue').map(({ name }) => name),
  );
  const all = (view: JobView, settled: (task: JobView['tasks'][number]) => boolean) =>
    isUntaken(view) ||
    (hasBegun(view) && view.tasks.every((task) => task.status !== 'running' || settled(task)));
  const wait = (ms: number, until: (view: JobView) => boolean) =>
    waitForJob(deps, c.get('sees'), job_id, ms, until);
  await wait(ASSIGNED_MS, (view) => all(view, ({ agent }) => agent !== null));
  const view = await wait(REFUSAL_MS, (now) => all(now, ({ agent }) => agent !== null && here.has(agent)));
  return view ?? (await readView(deps, c.get('sees'), job_id));
}

/** Whether it was settled what of an approved plan starts, and what waits for a person: at first all is pending. */
const hasBegun = ({ status, tasks }: JobView): boolean =>
  status !== 'running' || tasks.some((task) => task.status !== 'pending');

/** Whether a task that could run has no agent. */
export const isUntaken = ({ tasks }: JobView): boolean =>
  tasks.some(({ status, reason }) => status === 'blocked' && reason === 'no_agent');

/** What the mode says of gates to come. */
function holdOf({ config }: ApiDeps, mode: 'auto' | 'manual'): 'none' | 'risk' | 'all' {
  if (mode === 'manual') return 'all';
  return config.config.risk_approval === 'always' ? 'risk' : 'none';
}

/** False when the job is past that already. */
async function applied(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'conflict' && !error.problem.fields?.length) {
      return false;
    }
    throw error;
  }
}

/** Throws `validation` for a checkpoint that is no subtask. */
function toTaskIds(view: JobView, checkpoints: string[]): string[] {
  const byId = new Map([...subtaskIds(view)].map(([task_id, subtask_id]) => [subtask_id, task_id]));
  const fields = checkpoints.flatMap((id, index) =>
    byId.has(id) ? [] : [{ path: `checkpoints.${index}`, issue: `there is no subtask '${id}'` }],
  );
  if (fields.length > 0) {
    throw new ProblemError({ code: 'validation', message: 'The checkpoints are not known.', fields });
  }
  return checkpoints.map((id) => byId.get(id)!);
}
