// The thread that the arguments of a call are held against the schema of its tool on.
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { type FieldIssue, fieldIssues } from '../../contracts/error.ts';

/** The arguments of a call and the schema of its tool. */
export interface ArgumentsAsked {
  schema: Record<string, unknown>;
  given: Record<string, unknown>;
}

function issuesOf({ schema, given }: ArgumentsAsked): FieldIssue[] {
  let type: z.ZodType;
  try {
    type = z.fromJSONSchema(schema);
  } catch {
    return []; // beyond what is understood
  }
  const parsed = type.safeParse(given);
  return parsed.success ? [] : fieldIssues(parsed.error, ['arguments']);
}

parentPort?.postMessage(issuesOf(workerData as ArgumentsAsked));
