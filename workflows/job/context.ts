import { condition, patched, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { EventDraft } from '../../contracts/event.ts';
import type { TracePlace } from '../../contracts/telemetry.ts';
import { alertsAfter } from '../../core/alerts.ts';
import { type JobState, newJobState } from '../../core/job-state.ts';
import { placeNow } from '../../core/phases.ts';
import { noteStatus } from '../../core/status-history.ts';
import { MARK } from '../spare-marks.ts';
import { DEFAULT_SETTINGS, type JobInput, type JobSettings } from '../types.ts';
import { append } from './journal.ts';

/** A running job: its state, and the two things that every part of the story does with it. */
export interface Job {
  state: JobState;
  settings: JobSettings;
  /** counts changes: {@link changed} waits for the next one */
  version: number;
  /** writes events into the journal, in order, and wakes whoever waits for a change */
  say(events: EventDraft[]): void;
  /** wakes whoever waits for a change, where there is nothing to say about it */
  touch(): void;
  /** of history, when this run had its state */
  opened_bytes: number;
  /** before then it does not wait again for what is on its way; Unix milliseconds */
  drain_at: number;
  /** signals and starts on their way that a continue-as-new would lose */
  in_flight: number;
  /** of JSON, on its way to tasks: see {@link sendInTurn} */
  sent_chars: number;
  /** of texts in what this run was sent, by reference or not: its history does not tell how large that is */
  taken_chars: number;
  /** it goes on in a new run as soon as nobody waits in this one */
  continuing: boolean;
}

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
    say(events) {
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

/** Where in the trace of the job it stands, for what is done on its behalf. */
export function placeOf({ state }: Job): { place?: TracePlace } {
  const place = placeNow(state.journal.phases);
  return place ? { place } : {};
}

/** The workflow's time, ISO-8601 UTC. */
export const now = (): string => new Date().toISOString();

/** Waits until something about the job changed since `version`, or until the ISO time is reached. */
export async function changed(job: Job, version: number, until: string | null = null): Promise<void> {
  const news = () => job.version !== version;
  if (until === null) return condition(news);
  const left = new Date(until).getTime() - Date.now();
  if (left > 0) await condition(news, left);
}

/** Runs something that must not be cut off by a continue-as-new, and wakes whoever waits for a change at its end. */
export async function inFlight<R>(job: Job, run: () => Promise<R>): Promise<R> {
  try {
    return await quietlyInFlight(job, run);
  } finally {
    job.touch();
  }
}

/** The same for what changes nothing by its end. */
export async function quietlyInFlight<R>(job: Job, run: () => Promise<R>): Promise<R> {
  job.in_flight += 1;
  try {
    return await run();
  } finally {
    job.in_flight -= 1;
  }
}
