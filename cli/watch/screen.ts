import type { JobEvent, LiveNote } from '../../contracts/event.ts';
import type { ShownJob } from '../view/job.ts';

/** What shows a job while it runs. */
export interface Screen {
  event(event: JobEvent): void;
  note(note: LiveNote): void;
  /** words that stay */
  say(text: string): void;
  /** the API does not answer for the moment */
  lost(why: string): void;
  /** it answers again */
  back(): void;
  /** shows how the job ended */
  end(job: ShownJob): void;
  /** gives the terminal back; may be called twice */
  close(): void;
}

/** Shows nothing. */
export const silentScreen: Screen = {
  event() {},
  note() {},
  say() {},
  lost() {},
  back() {},
  end() {},
  close() {},
};
