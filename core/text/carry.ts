import type { CarryTrimmed } from '../../contracts/prepared-call.ts';

/** The sections of a result that are handed on to later steps; the rest stays with its own task. */
export const CARRIED_SECTIONS = ['Summary', 'Artifacts', 'Risks', 'Next'] as const;

/** A step's result, as far as the carry looks at it. */
export interface StepResult {
  task_id: string;
  title: string;
  text: string;
}

/**
 * What steps hand on to the next one: of each the sections {@link CARRIED_SECTIONS}, or all of a result that has
 * none of them, the oldest step first. Where that is longer than `max_chars`, the oldest steps are dropped; of a latest
 * step that does not fit by itself, the end is cut off.
 */
export function carryOf(
  results: readonly StepResult[],
  max_chars: number,
): { text: string; trimmed: CarryTrimmed | null } {
  const parts = results
    .map(({ task_id, title, text }) => ({ task_id, text: section(title, text) }))
    .filter(({ text }) => text !== '');
  const whole = joined(parts).length;
  const dropped: string[] = [];
  while (parts.length > 1 && joined(parts).length > max_chars) dropped.push(parts.shift()!.task_id);
  const text = joined(parts).slice(0, max_chars).toWellFormed();
  if (text.length === whole) return { text, trimmed: null };
  return { text, trimmed: { dropped, left_out_chars: whole - text.length, max_chars } };
}

const joined = (parts: readonly { text: string }[]): string => parts.map(({ text }) => text).join('\n\n');

function section(title: string, text: string): string {
  const carried = carriedSections(text) || text.trim();
  return carried === '' ? '' : `# ${title}\n\n${carried}`;
}

/** The carried sections of a result, in the order of the result; empty where it has none. */
function carriedSections(text: string): string {
  const lines: string[] = [];
  /** level of the section that is kept; null outside of one */
  let level: number | null = null;
  for (const line of text.split(/\r?\n/)) {
    const heading = headingOf(line);
    if (heading?.known) {
      level = heading.level;
      lines.push(`## ${heading.known}`, ...(heading.rest ? [heading.rest] : []));
    } else {
      // a heading below that of the section belongs to it
      if (heading && level !== null && heading.level <= level) level = null;
      if (level !== null) lines.push(line);
    }
  }
  return lines.join('\n').trim();
}

/** A heading in any of the ways that models write one: `## Risks`, `**Risks**`, `Risks:`. */
const HEADING = /^(#{1,6}\s+|\*\*)?([A-Za-z][A-Za-z ]{0,40}?)(?:\*\*)?\s*(?::\s*(?:\*\*)?(.*))?$/;

/** Below every heading that is marked by `#`. */
const UNMARKED_LEVEL = 7;

function headingOf(line: string): { known?: string; level: number; rest: string } | null {
  const [, mark = '', name = '', rest] = HEADING.exec(line.trim()) ?? [];
  const known = CARRIED_SECTIONS.find((one) => one.toLowerCase() === name.toLowerCase());
  // a word with a colon is a heading only where it names a carried section
  if (mark === '' && (known === undefined || rest === undefined)) return null;
  const level = mark.startsWith('#') ? mark.trim().length : UNMARKED_LEVEL;
  return { ...(known ? { known } : {}), level, rest: rest ?? '' };
}
