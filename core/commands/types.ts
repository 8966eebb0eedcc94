import type { CommandArgs, CommandName } from '../../contracts/command.ts';
import type { Problem } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { JobState } from '../job-state.ts';

/** One command: when it is allowed, and what it does. `apply` is only called when `check` finds nothing. */
export interface CommandRule<N extends CommandName> {
  check(state: JobState, args: CommandArgs<N>): Problem | null;
  apply(state: JobState, args: CommandArgs<N>, now: string): EventDraft[];
  /** the status word of the answer, where it is not the job's */
  answers?: string;
}

/** A problem with the state that the command meets. */
export const conflict = (message: string): Problem => ({ code: 'conflict', message });
