/** The type of the ApplicationFailure that carries an AttemptError as its first detail. */
export const ATTEMPT_FAILED = 'AttemptFailed';

/** The code of an AttemptError: its time was over, and its activity has ended the work. */
export const OUT_OF_TIME = 'out_of_time';

/** The code of an AttemptError: the answer broke off because there was no money, or room, for all of it. */
export const CUT_SHORT = 'cut_short';
