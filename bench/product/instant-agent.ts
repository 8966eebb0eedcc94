import { Context } from '@temporalio/activity';
import type { Activities } from '../../activities/types.ts';
import type { AttemptRequest, AttemptResult } from '../../contracts/attempt.ts';
import { fullInput, leanResult } from '../../core/state/lean.ts';
import { note } from '../task-log.ts';

/** Commands that the benchmark's worker takes for itself; every other one is run as usual. */
export const NOOP = ['bench-noop'];
export const SLEEP = ['bench-sleep'];

/** The same sleep, which also notes in that file when it began and ended (bench/task-log.ts). */
export const sleepInto = (log: string): string[] => [...SLEEP, log];

/**
 * The activities with two commands that start no process: one that is done at once, and one that sleeps for the
 * task's `estimated_seconds`. They come the way that every command comes, through the same workflows and the
 * host's own queue, and say in `began_at` (Unix milliseconds) when they began.
 */
export function withInstantAgent(activities: Activities, worker: string): Activities {
  return {
    ...activities,
    async runCommand(given) {
      const request = fullInput<AttemptRequest>(given);
      const name = request.task.command?.[0];
      if (name !== NOOP[0] && name !== SLEEP[0]) return activities.runCommand(given);
      const began_at = Date.now();
      const log = request.task.command?.[1];
      if (log) note(log, request.task.task_id, 'began');
      if (name === SLEEP[0]) await sleepAsLong(request);
      if (log) note(log, request.task.task_id, 'ended');
      return leanResult(done(began_at, worker));
    },
  };
}

async function sleepAsLong({ task, heartbeat_seconds }: AttemptRequest): Promise<void> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), (heartbeat_seconds * 1000) / 3);
  try {
    await context.sleep(task.estimated_seconds * 1000);
  } finally {
    clearInterval(heartbeat);
  }
}

const done = (began_at: number, worker: string): AttemptResult => ({
  status: 'completed',
  output: { preview: '', bytes: 0, text: '', data: { began_at } },
  artifacts: [],
  worker,
  agent: 'command',
});
