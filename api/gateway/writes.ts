import { ScheduleNotFoundError } from '@temporalio/client';
import { SWEEP_ID } from '../../contracts/names.ts';
import type { TemporalLink } from './link.ts';

/** The sweep is due every 30 s; a scheduler that has counted nothing for so long can't write. */
const SILENT_MS = 75_000;
const ANSWER_MS = 2000;

/**
 * Gives what tells whether Temporal takes writes, and not only answers: whether its scheduler, who writes down every
 * sweep that is due, has gone on since it was last asked. Costs Temporal one read; says yes until it knows better, and no
 * where the schedule can't be read.
 */
export function watchWrites(link: TemporalLink): () => Promise<boolean> {
  const schedule = link.client.schedule.getHandle(SWEEP_ID);
  let seen: { count: number; at: number } | undefined;
  return async () => {
    try {
      const { info, state } = await link.connection.withDeadline(Date.now() + ANSWER_MS, () =>
        schedule.describe(),
      );
      const count = info.numActionsTaken + info.numActionsSkippedOverlap + info.numActionsMissedCatchupWindow;
      if (seen?.count !== count || state.paused) seen = { count, at: performance.now() };
      return performance.now() - seen.at < SILENT_MS;
    } catch (error) {
      return error instanceof ScheduleNotFoundError; // no worker was ever here
    }
  };
}
