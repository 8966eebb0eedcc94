import { z } from 'zod';
import { type FieldIssue, fieldIssues, ProblemError } from '../../contracts/error.ts';

/**
 * The query of a URL as its schema says. Throws `validation` with everything that is wrong: values, parameters that
 * are not known, and such as are given twice.
 */
export function parseQuery<Q extends Record<string, z.ZodType>>(
  url: string,
  shape: Q,
): z.output<z.ZodObject<Q>> {
  const { searchParams } = new URL(url);
  const parsed = z.object(shape).safeParse(Object.fromEntries(searchParams));
  const issues = [
    ...surplus(searchParams, Object.keys(shape)),
    ...(parsed.success ? [] : fieldIssues(parsed.error)),
  ];
  if (parsed.success && issues.length === 0) return parsed.data;
  const [first, ...others] = issues;
  const rest = others.length > 0 ? `, and ${others.length} more` : '';
  throw new ProblemError({
    code: 'validation',
    message: `The query is not valid: ${first!.path} ${first!.issue}${rest}.`,
    fields: issues,
  });
}

function surplus(given: URLSearchParams, known: readonly string[]): FieldIssue[] {
  const there = known.length === 0 ? 'there are none here' : `there are ${known.join(', ')}`;
  return [...new Set(given.keys())].flatMap((name) => {
    if (!known.includes(name)) return [{ path: name, issue: `is not a known parameter; ${there}` }];
    return given.getAll(name).length > 1 ? [{ path: name, issue: 'is given more than once' }] : [];
  });
}

/** A whole number of the query, in plain digits. */
export const count = (min: number, max: number) => {
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  const error = `must be a whole number ${range}`;
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN),
    z.int({ error }).min(min, { error }).max(max, { error }),
  );
};
