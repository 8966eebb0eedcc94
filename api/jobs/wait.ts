import { setTimeout as sleep } from 'node:timers/promises';
import type { JobView } from '../../contracts/view.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { turnsOf } from '../turns.ts';
import { within } from '../within.ts';
import { readView } from './view.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/**
 * Reads a job until `done` says so, for at most `milliseconds`; gives the last view, or null when none could be had.
 * A notification of new events cuts a pause short. A job that can't be read for a while is waited for: it exists.
 */
export async function waitForJob(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  milliseconds: number,
  done: (view: JobView) => boolean,
): Promise<JobView | null> {
  const share = turnsOf(deps);
  const end = Date.now() + milliseconds;
  let wake = () => {};
  let notified = false;
  const unsubscribe = deps.notes.subscribe(job_id, (note) => {
    if (note.kind !== 'doorbell') return;
    notified = true;
    wake();
  });
  let view: JobView | null = null;
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const left = end - Date.now();
      if (left <= 0) return view;
      view =
        (await within(
          left,
          share(`wait ${JSON.stringify([sees, job_id])}`, () => readView(deps, sees, job_id)).catch(
            () => null,
          ),
        )) ?? view;
      if (view && done(view)) return view;
      if (!notified) {
        await Promise.race([
          sleep(Math.max(0, Math.min(pause, end - Date.now()))),
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
      }
      // the notification comes a little before the commit: look again soon
      if (notified) pause = FIRST_PAUSE_MS;
      notified = false;
    }
  } finally {
    unsubscribe();
  }
}
