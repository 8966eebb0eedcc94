import { z } from 'zod';
import { fieldPath } from './field-path.ts';
import { NO_FORM, speakPlainly } from './plain-issues.ts';

speakPlainly();

/** One mistake in what was sent: where, and what is wrong with it. */
export const FieldIssue = z
  .object({
    path: z.string(),
    issue: z.string(),
    task_id: z.string().optional().describe('of the task that the path leads to by its place in a list'),
  })
  .meta({ id: 'FieldIssue' });
export type FieldIssue = z.infer<typeof FieldIssue>;

/** Codes of errors, each with the HTTP status that it has everywhere. */
export const ERROR_STATUS = {
  validation: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  conflict: 409,
  stale_version: 409,
  idempotency_conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  rate_limited: 429,
  internal: 500,
  no_worker: 503,
  temporal_unreachable: 503,
  database_unreachable: 503,
  agent_unavailable: 503,
  plan_pending: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** What somebody else decided before, so that a request came too late. */
export const Decision = z
  .object({
    actor: z.string().nullable().describe('who did; null: nobody decided in time'),
    what: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;

/** Body of every error answer. */
export const ErrorBody = z
  .object({
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        fields: z.array(FieldIssue).describe('every mistake at once; empty if it is not about fields'),
        decision: Decision.optional().describe('of a conflict: who decided first, and what'),
      })
      .meta({ id: 'ErrorDetails' }),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof ErrorBody>;

/** A problem as a value: what is wrong, and what to do. */
export interface Problem {
  code: ErrorCode;
  message: string;
  fields?: FieldIssue[];
  decision?: Decision;
}

/** A {@link Problem} on its way up to the place that answers. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** So many mistakes are told at once. */
const MAX_ISSUES = 1000;

/** What is said of a field that an object at the path does not have. */
type UnknownField = (path: readonly string[], name: string) => string;

/** Turns zod's issues into field issues with dotted paths (`tasks.0.depends_on`). */
export function fieldIssues(
  error: z.ZodError,
  prefix: string[] = [],
  unknownField: UnknownField = () => 'unknown field',
): FieldIssue[] {
  return error.issues
    .slice(0, MAX_ISSUES)
    .flatMap((issue) => toFieldIssues(issue, prefix, unknownField))
    .slice(0, MAX_ISSUES);
}

function toFieldIssues(issue: z.core.$ZodIssue, prefix: string[], unknownField: UnknownField): FieldIssue[] {
  const path = [...prefix, ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.slice(0, MAX_ISSUES);
    return keys.map((key) => ({ path: fieldPath([...path, key]), issue: unknownField(path, key) }));
  }
  if (issue.code === 'invalid_union' && issue.message === NO_FORM) {
    const meant = issue.errors.filter((form) => !form.some(isOtherType));
    // the one form that the value has, if there is one, says best what is wrong with it
    if (meant.length === 1) return meant[0]!.flatMap((inner) => toFieldIssues(inner, path, unknownField));
    const forms = issue.errors.flat().filter(isOtherType);
    if (forms.length > 0) {
      const said = forms.map(({ message }) => message.replace(/^must be /, ''));
      return [{ path: fieldPath(path), issue: `must be ${[...new Set(said)].join(' or ')}` }];
    }
  }
  if (issue.code === 'invalid_key') {
    return [{ path: fieldPath(path), issue: `a field's name: ${issue.issues[0]?.message ?? issue.message}` }];
  }
  return [{ path: fieldPath(path), issue: issue.message }];
}

/** Whether a value is of another type altogether than one form of a union. */
const isOtherType = ({ code, path }: z.core.$ZodIssue): boolean =>
  code === 'invalid_type' && path.length === 0;
