import { readArtifacts, readOutcome, readResults } from '../../jobs/results.ts';
import { readView } from '../../jobs/view.ts';
import type { StartInput } from './inputs.ts';
import { type RequestContext, scopesOf } from './session.ts';
import { STATUS_WORDS } from './words.ts';

/** How much is passed on of an earlier run's result, and of the memory, in characters. */
const EARLIER_CHARS = 60_000;
const MEMORY_CHARS = 8000;
const MEMORY_ENTRIES = 50;

/** What a task is given besides its text: attachments, the run it goes on from, what is remembered. */
export async function contextOf(
  ctx: RequestContext,
  input: StartInput,
): Promise<Record<string, unknown> | undefined> {
  const { attachments = [], continueRunId } = input;
  const memory = await remembered(ctx);
  const context = {
    ...(continueRunId === undefined ? {} : { earlier_run: await earlierRun(ctx, continueRunId) }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(memory.length === 0 ? {} : { memory }),
  };
  return Object.keys(context).length === 0 ? undefined : context;
}

async function earlierRun({ deps, caller }: RequestContext, job_id: string) {
  const view = await readView(deps, caller.sees, job_id);
  const results = await readResults(deps, caller.sees, job_id);
  const outcome = await readOutcome(deps, view, results, await readArtifacts(deps, caller.sees, job_id));
  return {
    id: job_id,
    status: STATUS_WORDS[view.status],
    task: results.description.slice(0, EARLIER_CHARS).toWellFormed(),
    result: outcome?.slice(0, EARLIER_CHARS).toWellFormed() ?? null,
    ...(view.error ? { error: view.error.message } : {}),
  };
}

/** Open entries of the project and of all projects, the latest first, as many as fit. */
async function remembered({ deps, caller, session }: RequestContext) {
  const { project, global } = scopesOf(session);
  const { entries } = await deps.store.readMemory({
    owner: caller.owner,
    scopes: [project, global],
    open_only: true,
    limit: MEMORY_ENTRIES,
  });
  let left = MEMORY_CHARS;
  return entries.flatMap(({ scope, key, value }) => {
    left -= key.length + value.length;
    return left < 0 ? [] : [{ scope: scope === global ? 'global' : 'project', key, value }];
  });
}
