import type { EventDraft } from '../../contracts/event.ts';
import { alert } from '../journal/alerts.ts';
import type { JobState } from '../state/job-state.ts';

/**
 * The host with the job's repository is gone: the next thing to do there is done at another one, which makes the mirror anew,
 * and what the lost one may still do changes nothing. Others may have left it before.
 */
export function leaveHost(state: JobState, lost: string | null | undefined): EventDraft[] {
  if (!lost || state.host_id !== lost) return [];
  state.host_id = null;
  if (state.repository) state.repository.fence += 1;
  const message = `the host ${lost} is not there; the job goes on at another one`;
  return [alert('host_lost', { message, host_id: lost })];
}
