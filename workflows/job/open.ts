import { patched, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { alertsAfter } from '../../core/journal/alerts.ts';
import { noteStatus } from '../../core/journal/status-history.ts';
import { type JobState, newJobState } from '../../core/state/job-state.ts';
import { MARK } from '../spare-marks.ts';
import { DEFAULT_SETTINGS, type JobInput, type JobSettings } from '../types.ts';
import { type Job, now } from './context.ts';
import { append } from './journal.ts';

/** The job as submitted, or as its earlier run carried it. */
export function openJob(input: JobInput): Job {
  const state =
    input.state ??
    newJobState({
      job_id: input.job_id,
      owner: input.owner,
      body_hash: input.body_hash,
      created_at: input.created_at,
      spec: input.spec!,
    });
  const leaveMark = marker(state);
  const job: Job = {
    state,
    settings: settingsOf(input),
    version: 0,
    opened_bytes: workflowInfo().historySize,
    drain_at: 0,
    in_flight: 0,
    sent_chars: 0,
    taken_chars: 0,
    continuing: false,
    emit(events) {
      if (events.length === 0) return;
      append(state, [...events, ...alertsAfter(state, events)], now());
      job.touch();
    },
    touch() {
      job.version += 1;
      noteStatus(state, now());
      leaveMark();
    },
  };
  return job;
}

/** Jobs of the first version went on to this length; they still replay so. */
const FIRST_CONTINUE_AFTER = 8000;

function settingsOf({ settings = {} }: JobInput): JobSettings {
  const given = { ...DEFAULT_SETTINGS, ...settings };
  if (settings.continue_after_events !== undefined || patched('continue-earlier')) return given;
  return { ...given, continue_after_events: FIRST_CONTINUE_AFTER };
}

/**
 * Leaves a command in every workflow task that changed the state. SDK 1.24.0 takes a task without commands, followed
 * by one that brings an update, for one task when it replays, and puts the update first: after a restart of the
 * worker an update would meet the state from before, or be followed in another order than it was.
 */
function marker(state: JobState): () => void {
  let marked = 0;
  return () => {
    const { historyLength } = workflowInfo();
    if (marked === historyLength) return;
    marked = historyLength;
    upsertMemo({ [MARK]: state.journal.next_seq - 1 });
  };
}
