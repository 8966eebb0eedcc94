import type { EventDraft } from '../../contracts/event.ts';
import { alert } from '../journal/alerts.ts';
import { setReview } from '../schedule/ending.ts';
import { later } from '../schedule/schedule.ts';
import type { JobState } from '../state/job-state.ts';

const FIRST_SECONDS = 5;
const LONGEST_SECONDS = 300;

/**
 * Nothing can be merged now, and nobody's work is why: a full disk, for instance. It is tried again, in 5, 10, ... 300 s,
 * and people are told once.
 */
export function mergesStuck(state: JobState, message: string, now: string): EventDraft[] {
  if (!tryLater(state, message, now)) return [];
  return [alert('merges_stuck', { message: `work can't be merged at the moment: ${message}` })];
}

/** The branch can't be delivered: it is tried again the same way, the job in review meanwhile. */
export function deliveryFailed(state: JobState, message: string, now: string): EventDraft[] {
  tryLater(state, message, now);
  const what = `the branch ${state.repository!.branch} could not be delivered: ${message}`;
  const next = 'it is tried again by itself; finish the job to leave the branch undelivered, or cancel it';
  return setReview(state, { code: 'delivery_failed', message: `${what}; ${next}` });
}

/** Gives whether something else was in the way before. */
function tryLater({ repository }: JobState, message: string, now: string): boolean {
  const before = repository!.trouble;
  const tries = (before?.tries ?? 0) + 1;
  const seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (tries - 1));
  repository!.trouble = { message, tries, retry_at: later(now, seconds) };
  return before?.message !== message;
}
