import type { ShownError } from '../../contracts/view.ts';

/** What the tasks, taken together, say about the job. */
export type Verdict =
  /** something runs, may run, or waits for a person in the course of the plan */
  | { kind: 'active' }
  /** all done, or left out by a person */
  | { kind: 'done'; partial: boolean }
  /** `mendable`: what to do instead where a person may mend what failed */
  | { kind: 'failed'; error: ShownError; mendable?: Verdict }
  /** nothing can go on by itself */
  | { kind: 'review'; error: ShownError };
