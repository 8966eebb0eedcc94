import type { CommandArgs, CommandName } from '../../contracts/command.ts';
import type { Problem } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { unknownCheckpoints } from '../schedule/gates.ts';
import { isCarriedOut, type JobState } from '../state/job-state.ts';

/** One command: when it is allowed, and what it does. `apply` is only called when `check` finds nothing. */
export interface CommandRule<N extends CommandName> {
  check(state: JobState, args: CommandArgs<N>): Problem | null;
  apply(state: JobState, args: CommandArgs<N>, now: string): EventDraft[];
  /** the status word of the answer, where it is not the job's */
  answers?: string;
}

/**
 * Whether what is done to a task now is followed by its work: while the plan is carried out, and while a person
 * is asked about unmet criteria. Once the results are put together, or accepted as they are, it comes too late.
 */
export const tasksMayChange = (state: JobState): boolean =>
  state.accepted_by === null &&
  (isCarriedOut(state) || (state.phase === 'verifying' && state.review?.code === 'criteria_unmet'));

/** A problem with the state that the command meets. */
export const conflict = (message: string): Problem => ({ code: 'conflict', message });

/** Checkpoints have to be tasks of the plan. */
export function badCheckpoints(state: JobState, checkpoints: readonly string[] | undefined): Problem | null {
  const fields = unknownCheckpoints(state, checkpoints);
  return fields.length === 0
    ? null
    : { code: 'validation', message: 'the checkpoints are not known', fields };
}

/** Who did it, where that is known: state is plain JSON, which has no undefined. */
export const by = (actor: string | undefined): { actor?: string } => (actor === undefined ? {} : { actor });
