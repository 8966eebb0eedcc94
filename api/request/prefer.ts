import { ProblemError } from '../../contracts/error.ts';

/** Longest and usual wait for a plan, in seconds. */
const LONGEST_SECONDS = 180;
const USUAL_SECONDS = 30;

/** A preference: its name, and its value where it has one. What follows a semicolon are parameters of it. */
const PREFERENCE = /^\s*([^\s=;,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^;]*))?/;

/**
 * Seconds to wait by `Prefer: wait=N` (RFC 7240, section 4.3), 180 at most; `otherwise` (30) without it. Other preferences are
 * passed over, and of several waits the first one counts. Throws `validation` for a wait that is no number of seconds.
 */
export function preferredWait(header: string | undefined, otherwise = USUAL_SECONDS): number {
  for (const preference of splitList(header ?? '')) {
    const [, name = '', value = ''] = PREFERENCE.exec(preference) ?? [];
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d+)"?$/.exec(value.trim())?.[1];
    if (seconds === undefined) invalid();
    return Math.min(Number(seconds), LONGEST_SECONDS);
  }
  return otherwise;
}

/** The parts between commas, except those within quotes. */
const splitList = (header: string): string[] => header.match(/(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^,"])+/g) ?? [];

function invalid(): never {
  const issue = 'wait must be a whole number of seconds, for instance `wait=30`';
  throw new ProblemError({
    code: 'validation',
    message: `The header Prefer is not valid: ${issue}.`,
    fields: [{ path: 'Prefer', issue }],
  });
}
