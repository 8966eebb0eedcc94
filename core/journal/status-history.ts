import { type JobState, jobStatus } from '../state/job-state.ts';

/** Entries of the history that are kept. */
const KEPT_ENTRIES = 500;

/** Notes the job's status where it changed, or where gates began or ceased to wait. */
export function noteStatus(state: JobState, now: string): void {
  state.status_history ??= [];
  const history = state.status_history;
  const status = jobStatus(state);
  const gate_waits = Object.values(state.tasks).some((task) => task.status === 'awaiting_approval');
  const last = history.at(-1);
  if (last?.status === status && last.gate_waits === gate_waits) return;
  history.push({ status, gate_waits, at: now });
  if (history.length > KEPT_ENTRIES) history.shift();
}
