import type { z } from 'zod';
import * as zod from 'zod';
import { HostingError } from './hosting.ts';

const SAID_CHARS = 500;

/** The address of a page that people are sent to. */
export const pageUrl = zod.url({ protocol: /^https?$/ }).max(2000);

/** @throws HostingError */
export function parsed<S extends z.ZodType>(schema: S, data: unknown, who: string): z.output<S> {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join('.') ?? '';
  throw new HostingError(
    `${who} answered something that is no pull request${where === '' ? '' : ` (${where})`}: look at api_url of its entry in repositories.hosts.`,
    null,
    false,
  );
}

/** What a status other than 2xx means. */
export function answerProblem(host: string, status: number, said: string): HostingError {
  const words = said
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, SAID_CHARS);
  const ends = words === '' ? '' : ` It says: ${words}`;
  const what = MEANS[status] ?? (status >= 500 ? 'has a fault of its own' : 'does not do this');
  return new HostingError(`${host} ${what} (${status}).${ends}`, status, status === 429 || status >= 500);
}

const MEANS: Record<number, string> = {
  401: 'does not take the token that token_env of its entry in repositories.hosts names',
  403: 'does not allow this to the token that token_env of its entry in repositories.hosts names: give it the right to read and write pull requests',
  404: 'has no such repository, or none that the token may see',
  409: 'does not take the pull request',
  422: 'does not take the pull request',
  429: 'is asked too often',
};
