import { z } from 'zod';
import { onThread } from '../../config/thread.ts';
import { type FieldIssue, ProblemError } from '../../contracts/error.ts';
import { OfferedTool } from '../../contracts/tool.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import type { ArgumentsAsked } from './arguments-thread.ts';
import { readJob } from './find-job.ts';

/** What of a stored prompt says how its tools are called. */
const Offer = z.object({ tools: z.array(OfferedTool) });

/**
 * Holds a person's own arguments of a call against the schema of the tool, as its agent was offered it. Throws
 * `validation` by field where they do not fit. What can't be judged here (the call waits no more, a schema that is
 * gone, beyond what is understood, or takes too long) passes: the tool looks at its arguments itself.
 */
export async function checkEditedArguments(
  deps: ApiDeps,
  sees: Sees,
  asked: { job_id: string; approval_id: string },
  given: Record<string, unknown>,
): Promise<void> {
  const { job_id, approval_id } = asked;
  const call = await readJob(deps, sees, job_id, {
    live: () => deps.gateway.queryJob(job_id, 'asked_call', { approval_id }),
    archive: () => null,
  });
  if (!call) return;
  const schema = await schemaOf(deps, call);
  const fields = schema ? await argumentIssues({ schema, given }) : [];
  if (fields.length === 0) return;
  throw new ProblemError({
    code: 'validation',
    message: `the arguments do not fit the tool ${call.tool}`,
    fields,
  });
}

/**
 * What is wrong with arguments by the schema of their tool; nothing where that can't be told. On a thread: a schema
 * comes from a server of tools, and some patterns keep the engine busy for ever.
 */
export const argumentIssues = (asked: ArgumentsAsked): Promise<FieldIssue[]> =>
  onThread<FieldIssue[]>(ARGUMENTS_THREAD, asked, { seconds: ARGUMENTS_SECONDS }).catch(() => []);

const ARGUMENTS_THREAD = new URL('./arguments-thread.ts', import.meta.url);
const ARGUMENTS_SECONDS = 3;

async function schemaOf(
  { store }: ApiDeps,
  { tool, prompt_ref }: { tool: string; prompt_ref: string },
): Promise<Record<string, unknown> | null> {
  try {
    const { tools } = Offer.parse(JSON.parse((await store.getContent(prompt_ref)).toString('utf8')));
    return tools.find(({ name }) => name === tool)?.input_schema ?? null;
  } catch {
    return null;
  }
}
