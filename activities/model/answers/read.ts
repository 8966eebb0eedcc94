import type { z } from 'zod';
import { fieldIssues } from '../../../contracts/error.ts';
import { readExactJson } from '../../../core/text/exact-json.ts';

/** A structured answer as read, or everything that is wrong with it, for the model to repair. */
export type Read<T> = { value: T } | { problems: string[] };

/** Parses JSON and checks it. */
export function readJson<T>(text: string, schema: z.ZodType<T>): Read<T> {
  const read = readExactJson(text);
  if ('problem' in read) return { problems: [`the answer ${read.problem}`] };
  const parsed = schema.safeParse(read.value);
  return parsed.success ? { value: parsed.data } : { problems: toProblems(parsed.error) };
}

/** `path: what is wrong` for every issue. */
export function toProblems(error: z.ZodError, prefix: string[] = []): string[] {
  return fieldIssues(error, prefix).map(({ path, issue }) => (path ? `${path}: ${issue}` : issue));
}
