import type { Problem } from '../../contracts/error.ts';
import type { Job } from './context.ts';

/** What is refused may be of any size; what is said of it is not. In characters of each text. */
const TOLD_CHARS = 1000;
/** How many fields an event tells of. */
const TOLD_FIELDS = 20;

/** Says in the journal that something which came by signal is not followed. */
export function refuse(job: Job, name: string, problem: Problem): void {
  if (job.state.phase === 'closed') return;
  const data = { command: brief(name), ...bounded(problem, TOLD_FIELDS) };
  job.emit([{ type: 'command.refused', actor: 'temporal', data }]);
}

/** A problem with no longer texts, and no more fields, than can be told of. */
export const bounded = ({ code, message, fields }: Problem, most: number): Problem => ({
  code,
  message: brief(message),
  ...(fields
    ? {
        fields: fields
          .slice(0, most)
          .map((field) => ({ ...field, path: brief(field.path), issue: brief(field.issue) })),
      }
    : {}),
});

const brief = (text: string): string => text.slice(0, TOLD_CHARS).toWellFormed();
