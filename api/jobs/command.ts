import type { CommandAnswer, CommandInput, CommandMeta, CommandName } from '../../contracts/command.ts';
import type { ArchivedJob } from '../../store/index.ts';
import { type Caller, type Ctx, callerOf } from '../access/caller.ts';
import { commandRights } from '../access/command-rights.ts';
import type { ApiDeps } from '../deps.ts';
import { isWorkflowGone, reusedKey } from '../gateway/index.ts';
import { idempotencyKey, requestId } from '../request/ids.ts';
import { bodyHash } from '../request/json.ts';
import { whoDecided } from './decisions.ts';
import { findJob, jobEnded, noSuchJob } from './find-job.ts';
import { noteStanding } from './standing.ts';

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
  args: CommandFields<N>,
  said: unknown = args,
): Promise<CommandAnswer> {
  const sender = { ...callerOf(c), key: idempotencyKey(c.req.header('idempotency-key')) };
  return await sendAs(deps, sender, job_id, name, args, said);
}

/** What a job gets with a command, besides who sends it. */
type CommandFields<N extends CommandName> = Omit<CommandInput<N>, keyof CommandMeta>;

/** Who sends a command, and the idempotency key that it is sent under. */
export type Sender = Pick<Caller, 'owner' | 'actor' | 'role' | 'sees'> & { key: string | undefined };

/** The same as {@link command} for those who have no request. */
export async function sendAs<N extends CommandName>(
  deps: ApiDeps,
  { owner, actor, role, sees, key }: Sender,
  job_id: string,
  name: N,
  args: CommandFields<N>,
  said: unknown = args,
): Promise<CommandAnswer> {
  const target = 'task_id' in args ? String(args.task_id) : '';
  const request_id = requestId({ owner, key, command: name, target: `${job_id}\0${target}` });
  const body_hash = bodyHash(said);
  const meta = { request_id, body_hash, actor, ...commandRights(role) };
  const closed = await findJob(deps, sees, job_id);
  try {
    return closed ? ended(closed, name, meta) : await send(deps, sees, job_id, name, args, meta);
  } catch (error) {
    throw await whoDecided(deps, job_id, name, args, error);
  }
}

/** To a job that was there a moment ago. */
async function send<N extends CommandName>(
  deps: ApiDeps,
  sees: Sender['sees'],
  job_id: string,
  name: N,
  args: CommandFields<N>,
  meta: Parameters<ApiDeps['gateway']['sendCommand']>[3],
): Promise<CommandAnswer> {
  try {
    const { answer, now } = await deps.gateway.sendCommand(job_id, name, args, meta);
    if (now) await noteStanding(deps, { job_id, ...now, finished_at: null });
    return answer;
  } catch (error) {
    if (!isWorkflowGone(error)) throw error;
  }
  const meanwhile = await findJob(deps, sees, job_id);
  if (meanwhile) return ended(meanwhile, name, meta);
  // closed and not archived yet: Temporal still describes it
  const described = await deps.gateway.describeJob(job_id);
  return described ? jobEnded('closed') : noSuchJob(job_id);
}

/** A closed job gives its earlier answer again, says that it is cancelled, and takes no new command. */
function ended(
  { view, requests }: ArchivedJob,
  name: CommandName,
  request: { request_id: string; body_hash: string },
): CommandAnswer {
  const { job_id, status } = view;
  const earlier = requests.find(({ request_id }) => request_id === request.request_id);
  if (earlier && earlier.body_hash !== request.body_hash) throw reusedKey();
  if (earlier && name !== 'cancel') return earlier.answer;
  return name === 'cancel' && status === 'cancelled' ? { job_id, status } : jobEnded(status);
}
