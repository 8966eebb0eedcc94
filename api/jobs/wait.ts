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
 * The doorbell of the job's events shortens the pauses. A job that can't be read for a while is waited for: it is there.
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
  let ring = () => {};
  let rung = false;
  const unsubscribe = deps.notes.subscribe(job_id, (note) => {
    if (note.kind !== 'doorbell') return;
    rung = true;
    ring();
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
      if (!rung) {
        await Promise.race([
          sleep(Math.max(0, Math.min(pause, end - Date.now()))),
          new Promise<void>((resolve) => {
            ring = resolve;
          }),
        ]);
      }
      // the bell comes a little before the commit: look again soon
      if (rung) pause = FIRST_PAUSE_MS;
      rung = false;
    }
  } finally {
    unsubscribe();
  }
}
