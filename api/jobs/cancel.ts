import type { CommandAnswer } from '../../contracts/command.ts';
import { isClosed } from '../../contracts/status.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { waitForJob } from './wait.ts';

/** How long the running work has to stop before the answer says that it has not. */
const CANCEL_MS = 30_000;

/** Waits until a job that was told to cancel has stopped, for half a minute; `cancel_requested` says that it has not. */
export async function untilCancelled(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  answer: CommandAnswer,
): Promise<CommandAnswer> {
  if (answer.status === 'cancelled') return { job_id, status: answer.status };
  const view = await waitForJob(deps, sees, job_id, CANCEL_MS, ({ status }) => isClosed(status));
  const status = view?.status ?? answer.status;
  if (view !== null && isClosed(view.status)) return { job_id, status };
  return { ...answer, job_id, status, cancel_requested: true };
}
