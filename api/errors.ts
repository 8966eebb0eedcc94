import { HTTPException } from 'hono/http-exception';
import { ZodError } from 'zod';
import { isShortage } from '../config/shortage.ts';
import { ERROR_STATUS, type ErrorBody, fieldIssues, type Problem, ProblemError } from '../contracts/error.ts';
import { isDatabaseUnreachable } from '../store/index.ts';
import type { Log } from '../telemetry/log/log.ts';

/** Seconds after which a 503 or 429 is worth another try. */
export const RETRY_AFTER_SECONDS = 2;

/** Throws: there is nothing of that name, or it belongs to somebody else. */
export function notFound(what: string): never {
  throw new ProblemError({ code: 'not_found', message: `There is no ${what}.` });
}

/** The one place where errors become HTTP. What nobody foresaw is logged and told as `internal`. */
export function toResponse(error: unknown, log: Log): Response {
  const problem = toProblem(error);
  if (problem.code === 'internal') log.error({ err: error }, 'unexpected error');
  return problemResponse(problem);
}

/**
 * The answer that tells a {@link Problem}, with `Retry-After` where trying again may help.
 * @param more headers of this answer
 */
export function problemResponse(problem: Problem, more: Record<string, string> = {}): Response {
  const status = ERROR_STATUS[problem.code];
  const body: ErrorBody = {
    error: {
      code: problem.code,
      message: problem.message,
      fields: problem.fields ?? [],
      ...(problem.decision ? { decision: problem.decision } : {}),
    },
  };
  const headers = new Headers({ 'content-type': 'application/json', ...more });
  if ((status === 503 || status === 429) && !headers.has('retry-after')) {
    headers.set('retry-after', String(RETRY_AFTER_SECONDS));
  }
  if (status === 401) headers.set('www-authenticate', 'Bearer');
  return new Response(JSON.stringify(body), { status, headers });
}

/** What is wrong and what to do, as a value. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof ZodError) {
    return { code: 'validation', message: 'The request is not valid.', fields: fieldIssues(error) };
  }
  if (error instanceof HTTPException && error.status < 500) {
    return { code: 'validation', message: error.message || 'The request is not valid.' };
  }
  if (isDatabaseUnreachable(error)) {
    return { code: 'database_unreachable', message: databaseMessage(error) };
  }
  return {
    code: 'internal',
    message:
      'Something went wrong in the service; its log says what. It is not known whether any of the request was done.',
  };
}

function databaseMessage(error: unknown): string {
  const why = isShortage(error)
    ? 'The service cannot store anything at the moment: its disk is full, or its database is locked or read-only'
    : 'The database does not answer';
  return `${why}; try again in a moment.`;
}
