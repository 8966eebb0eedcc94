import { z } from 'zod';

/** What is said of a value that fits none of the forms of a union, before somebody looks at those. */
export const NO_FORM = 'has none of the forms allowed here';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/**
 * Makes zod say in this process what is wrong with a value in words for whoever sent it, where its own wording
 * speaks of inputs and types. A message that a schema gives itself goes before both.
 */
export function speakPlainly(): void {
  z.config({ customError: plainIssue });
}

const plainIssue: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_type')
    return `must be ${TYPES[issue.expected] ?? `of the type ${issue.expected}`}`;
  if (issue.code === 'too_small') return tooSmall(issue);
  if (issue.code === 'too_big') return tooBig(issue);
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
  if (issue.code === 'invalid_format')
    return FORMATS[issue.format] ?? `is not in the form ${issue.pattern ?? issue.format}`;
  if (issue.code === 'invalid_union') return NO_FORM;
  return undefined;
};

const TYPES: Partial<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

const FORMATS: Partial<Record<string, string>> = {
  datetime: 'must be a time in ISO 8601, for instance 2026-01-31T12:00:00Z',
  url: 'must be a URL',
};

function tooSmall({ origin, minimum, inclusive }: Extract<RawIssue, { code: 'too_small' }>): string {
  const of = UNITS[origin];
  if (of === undefined) return `must be ${inclusive ? 'at least' : 'more than'} ${minimum}`;
  return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} ${of}`;
}

function tooBig({ origin, maximum, inclusive }: Extract<RawIssue, { code: 'too_big' }>): string {
  const of = UNITS[origin];
  if (of === undefined) return `must be ${inclusive ? 'at most' : 'less than'} ${maximum}`;
  return `must have at most ${maximum} ${of}`;
}

const UNITS: Partial<Record<string, string>> = { string: 'characters', array: 'entries' };
