/** Whether a tool's name is that of the pattern: a name in which `*` stands for any characters. */
export function matchesTool(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/**
 * Whether everything that a name or pattern allows is allowed by one of `patterns` already. A `*` of the narrower one
 * is only matched by a `*` of the wider one, so that reading it as a letter is enough.
 */
export const isCovered = (pattern: string, patterns: readonly string[]): boolean =>
  patterns.some((wider) => matchesTool(pattern, wider));
