import type { z } from 'zod';
import { fieldIssues } from '../../../contracts/error.ts';

/** A structured answer as read, or everything that is wrong with it, for the model to repair. */
export type Read<T> = { value: T } | { problems: string[] };

/** Parses JSON and checks it. */
export function readJson<T>(text: string, schema: z.ZodType<T>): Read<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return {
      problems: [`the answer is not JSON: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { value: parsed.data } : { problems: toProblems(parsed.error) };
}

/** `path: what is wrong` for every issue. */
export function toProblems(error: z.ZodError, prefix: string[] = []): string[] {
  return fieldIssues(error, prefix).map(({ path, issue }) => (path ? `${path}: ${issue}` : issue));
}
