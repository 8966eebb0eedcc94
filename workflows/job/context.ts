import { condition } from '@temporalio/workflow';
import type { EventDraft } from '../../contracts/event.ts';
import type { TracePlace } from '../../contracts/phase.ts';
import { placeNow } from '../../core/journal/phases.ts';
import type { JobState } from '../../core/state/job-state.ts';

import type { JobSettings } from '../types.ts';

/** A running job: its state, and the two things that every part of the story does with it. */
export interface Job {
  state: JobState;
  settings: JobSettings;
  /** counts changes: {@link changed} waits for the next one */
  version: number;
  /** writes events into the journal, in order, and wakes whoever waits for a change */
  emit(events: EventDraft[]): void;
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
