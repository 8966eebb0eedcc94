import type { CommandName } from '../../contracts/command.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { DECISIVE, tellWhoDecided } from '../../core/schedule/decisions.ts';
import type { ApiDeps } from '../deps.ts';

/** More than a workflow keeps of its journal. */
const TAIL = 10_000;

/**
 * The refusal of a command with who decided before, where somebody did: found in the job's journal. Other errors, and a
 * refusal of which nothing is known, are given back as they are.
 */
export async function whoDecided(
  deps: ApiDeps,
  job_id: string,
  name: CommandName,
  args: object,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof ProblemError) || error.problem.decision) return error;
  const { problem } = error;
  const isLate = problem.code === 'conflict' || problem.code === 'stale_version';
  if (!isLate && !(problem.code === 'not_found' && name === 'decide_approval')) return error;
  try {
    return new ProblemError(tellWhoDecided(problem, name, args, await decisions(deps, job_id)));
  } catch (unread) {
    deps.log.debug({ job_id, err: unread }, 'who decided could not be read');
    return error;
  }
}

/** Of the database, which may be a second behind, and of the workflow, where it still runs. */
async function decisions(deps: ApiDeps, job_id: string): Promise<JobEvent[]> {
  const [latest, stored] = await Promise.all([
    deps.gateway.queryJob(job_id, 'events', { after: 0, limit: TAIL }).then(
      ({ events }) => events,
      () => [],
    ),
    deps.store.readEventsOfTypes(job_id, DECISIVE),
  ]);
  const behind = stored.at(-1)?.seq ?? 0;
  return [...stored, ...latest.filter(({ seq, type }) => seq > behind && DECISIVE.includes(type))];
}
