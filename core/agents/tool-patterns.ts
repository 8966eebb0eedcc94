import { matchesWildcard } from '../../contracts/wildcard.ts';

/** Whether a tool's name is that of the pattern: a name in which `*` stands for any characters. */
export const matchesTool = (name: string, pattern: string): boolean => matchesWildcard(name, pattern);

/**
 * Whether everything that a name or pattern allows is allowed by one of `patterns` already. A `*` of the narrower one
 * is only matched by a `*` of the wider one, so that reading it as a letter is enough.
 */
export const isCovered = (pattern: string, patterns: readonly string[]): boolean =>
  patterns.some((wider) => matchesTool(pattern, wider));
