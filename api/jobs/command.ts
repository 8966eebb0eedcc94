import type { CommandAnswer, CommandInput, CommandName } from '../../contracts/command.ts';
import type { JobStatus } from '../../contracts/status.ts';
import type { ApiDeps } from '../deps.ts';
import type { Ctx } from '../endpoint.ts';
import { isWorkflowGone } from '../gateway/index.ts';
import { idempotencyKey, requestId } from '../ids.ts';
import { bodyHash } from '../json.ts';
import { findJob, jobEnded, noSuchJob } from './find-job.ts';

/** How a job has ended that followed the command: then a repetition finds no workflow any more. */
const ENDS_AS: Partial<Record<CommandName, JobStatus>> = { cancel: 'cancelled', reject: 'rejected' };

/**
 * Sends a command to a job on behalf of the caller, under the request's `Idempotency-Key` where it has one.
 * @param args what the job gets
 * @param said what the caller sent, where that is something else: by it a repetition is told from a reused key
 */
export async function command<N extends CommandName>(
  deps: ApiDeps,
  c: Ctx,
  job_id: string,
  name: N,
  args: Omit<CommandInput<N>, 'request_id' | 'body_hash' | 'actor'>,
  said: unknown = args,
): Promise<CommandAnswer> {
  const owner = c.get('owner');
  const key = idempotencyKey(c.req.header('idempotency-key'));
  const target = 'task_id' in args ? String(args.task_id) : '';
  const closed = await findJob(deps, owner, job_id);
  if (closed) return ended(name, job_id, closed.view.status, key);
  try {
    return await deps.gateway.sendCommand(job_id, name, args, {
      request_id: requestId({ owner, key, command: name, target: `${job_id}\0${target}` }),
      body_hash: bodyHash(said),
      actor: c.get('actor'),
    });
  } catch (error) {
    if (!isWorkflowGone(error)) throw error;
  }
  const meanwhile = await findJob(deps, owner, job_id);
  if (meanwhile) return ended(name, job_id, meanwhile.view.status, key);
  // closed and not archived yet: Temporal still describes it
  const described = await deps.gateway.describeJob(job_id);
  return described ? jobEnded('closed') : noSuchJob(job_id);
}

function ended(name: CommandName, job_id: string, status: JobStatus, key: string | undefined): CommandAnswer {
  const wanted = ENDS_AS[name] === status && (name === 'cancel' || key !== undefined);
  return wanted ? { job_id, status } : jobEnded(status);
}
