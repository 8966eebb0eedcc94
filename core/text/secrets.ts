/** `${secret:NAME}`: NAME as in the environment variable ORCHESTRATOR_SECRET_NAME. */
const REFERENCE = /\$\{secret:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** What {@link resolveSecrets} makes of a record. */
export interface ResolvedSecrets {
  /** the record with every known secret put in; a reference that is missing stays as it was written */
  values: Record<string, string>;
  /** names that the lookup does not know, sorted, each once */
  missing: string[];
  /** value by name of every secret put in: what must be kept out of logs and output */
  used: Record<string, string>;
}

/** Names of the secrets that a text, or the values of a record, refer to: sorted, each once. */
export function secretNames(source: string | Readonly<Record<string, string>>): string[] {
  const texts = typeof source === 'string' ? [source] : Object.values(source);
  const names = texts.flatMap((text) => [...text.matchAll(REFERENCE)].map((match) => match[1] ?? ''));
  return [...new Set(names)].sort();
}

/**
 * Puts secrets in place of their `${secret:NAME}` references. What a secret contains is never read as a
 * reference again.
 * @param lookup gives the value of a name, undefined where there is none
 */
export function resolveSecrets(
  record: Readonly<Record<string, string>>,
  lookup: (name: string) => string | undefined,
): ResolvedSecrets {
  const names = secretNames(record);
  const known = new Map(
    names.flatMap((name) => {
      const value = lookup(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const put = (text: string) => text.replace(REFERENCE, (whole, name: string) => known.get(name) ?? whole);
  return {
    values: Object.fromEntries(Object.entries(record).map(([key, text]) => [key, put(text)])),
    missing: names.filter((name) => !known.has(name)),
    used: Object.fromEntries(known),
  };
}
