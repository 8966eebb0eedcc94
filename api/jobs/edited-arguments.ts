import { z } from 'zod';
import { fieldIssues, ProblemError } from '../../contracts/error.ts';
import { OfferedTool } from '../../contracts/tool.ts';
import type { ApiDeps } from '../deps.ts';
import type { Sees } from '../endpoint.ts';
import { readJob } from './find-job.ts';

/** What of a stored prompt says how its tools are called. */
const Offer = z.object({ tools: z.array(OfferedTool) });

/**
 * Holds a person's own arguments of a call against the schema of the tool, as its agent was offered it. Throws
 * `validation` by field where they do not fit. What can't be judged here (the call waits no more, a schema that is
 * gone, or beyond what is understood) passes: the tool looks at its arguments itself.
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
  const schema = await argumentsOf(deps, call);
  const parsed = schema?.safeParse(given);
  if (!parsed || parsed.success) return;
  throw new ProblemError({
    code: 'validation',
    message: `the arguments do not fit the tool ${call.tool}`,
    fields: fieldIssues(parsed.error, ['arguments']),
  });
}

async function argumentsOf(
  { store }: ApiDeps,
  { tool, prompt_ref }: { tool: string; prompt_ref: string },
): Promise<z.ZodType | null> {
  try {
    const { tools } = Offer.parse(JSON.parse((await store.getContent(prompt_ref)).toString('utf8')));
    const offered = tools.find(({ name }) => name === tool);
    return offered ? z.fromJSONSchema(offered.input_schema) : null;
  } catch {
    return null;
  }
}
