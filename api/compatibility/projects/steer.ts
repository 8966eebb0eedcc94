import { z } from 'zod';
import { RejectBody } from '../../../contracts/command.ts';
import { type Decision, type Problem, ProblemError } from '../../../contracts/error.ts';
import type { JobView } from '../../../contracts/view.ts';
import { withDecision } from '../../../core/schedule/decisions.ts';
import type { Ctx } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { untilCancelled } from '../../jobs/cancel.ts';
import { command } from '../../jobs/command.ts';
import { readView } from '../../jobs/view.ts';
import { waitForJob } from '../../jobs/wait.ts';
import { projectStatus } from './words.ts';

/** How long it is waited until a project that was just made can be started. */
const PLANNED_MS = 30_000;

/** Body of `POST /projects/{id}/start` and its like; other fields are ignored. */
export const StopRequest = z
  .object({ reason: RejectBody.shape.reason.describe('kept in the journal') })
  .meta({ id: 'ProjectSteerRequest' });

/** Does something to a project. Throws what the command is refused with. */
type Steer = (
  deps: ApiDeps,
  c: Ctx,
  view: JobView,
  body: z.output<typeof StopRequest>,
) => Promise<{ pending?: boolean }>;

export const start: Steer = async (deps, c, { job_id, status }, { reason }) => {
  if (status === 'planning') {
    await waitForJob(deps, c.get('sees'), job_id, PLANNED_MS, (view) => view.status !== 'planning');
  }
  await told(deps, c, job_id, 'started', command(deps, c, job_id, 'approve', noted(reason)));
  return {};
};

export const pause: Steer = async (deps, c, { job_id }, { reason }) => {
  await told(deps, c, job_id, 'paused', command(deps, c, job_id, 'pause', noted(reason)));
  return {};
};

export const resume: Steer = async (deps, c, { job_id }, { reason }) => {
  await told(deps, c, job_id, 'resumed', command(deps, c, job_id, 'resume', noted(reason)));
  return {};
};

export const stop: Steer = async (deps, c, { job_id }, { reason }) => {
  const why = reason === undefined ? {} : { reason };
  const answer = await told(deps, c, job_id, 'stopped', command(deps, c, job_id, 'cancel', why));
  const { cancel_requested } = await untilCancelled(deps, c.get('sees'), job_id, answer);
  return { pending: cancel_requested === true };
};

const noted = (note: string | undefined): { note?: string } => (note === undefined ? {} : { note });

/** What a command returns; a refusal is put in the words of this API. */
async function told<T>(deps: ApiDeps, c: Ctx, job_id: string, done: string, sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'conflict') throw error;
    const { fields, decision } = error.problem;
    const status = projectStatus((await readView(deps, c.get('sees'), job_id)).status);
    const message =
      status === 'planning'
        ? `The project cannot be ${done} yet: it is ${done === 'started' ? 'still being planned, or its plan cannot run' : 'not started'}.`
        : `A project that is ${status} cannot be ${done}.`;
    const problem: Problem = { code: 'conflict', message, ...(fields ? { fields } : {}) };
    throw new ProblemError(decision ? withDecision(problem, inOurWords(decision)) : problem);
  }
}

const OUR_WORDS: readonly [RegExp, string][] = [
  [/^approved version \d+ of the plan$/, 'started it'],
  [/^(paused|resumed) the job$/, '$1 it'],
  [/^cancelled the job$/, 'stopped it'],
];

const inOurWords = (decision: Decision): Decision => ({
  ...decision,
  what: OUR_WORDS.reduce((what, [theirs, ours]) => what.replace(theirs, ours), decision.what),
});
