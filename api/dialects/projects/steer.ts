import { z } from 'zod';
import { RejectBody } from '../../../contracts/command.ts';
import type { JobView } from '../../../contracts/view.ts';
import type { ApiDeps } from '../../deps.ts';
import type { Ctx } from '../../endpoint.ts';
import { untilCancelled } from '../../jobs/cancel.ts';
import { command } from '../../jobs/command.ts';
import { waitForJob } from '../../jobs/wait.ts';

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
  await command(deps, c, job_id, 'approve', noted(reason));
  return {};
};

export const pause: Steer = async (deps, c, { job_id }, { reason }) => {
  await command(deps, c, job_id, 'pause', noted(reason));
  return {};
};

export const resume: Steer = async (deps, c, { job_id }, { reason }) => {
  await command(deps, c, job_id, 'resume', noted(reason));
  return {};
};

export const stop: Steer = async (deps, c, { job_id }, { reason }) => {
  const told = await command(deps, c, job_id, 'cancel', reason === undefined ? {} : { reason });
  const { cancel_requested } = await untilCancelled(deps, c.get('sees'), job_id, told);
  return { pending: cancel_requested === true };
};

const noted = (note: string | undefined): { note?: string } => (note === undefined ? {} : { note });
