import { patched } from '@temporalio/workflow';
import { takeRestAnswer } from '../../core/boss/answers.ts';
import { stopWorkers } from '../../core/boss/ending.ts';
import { reportToBoss } from '../../core/boss/reports.ts';
import { isUnchecked } from '../../core/commands/change-plan.ts';
import { nextWarning, warnOfExpiry } from '../../core/journal/alerts.ts';
import { expireAsks, takeAskAnswers } from '../../core/messages/asks.ts';
import { assess, setReview } from '../../core/schedule/ending.ts';
import { later, schedule } from '../../core/schedule/schedule.ts';
import type { Verdict } from '../../core/schedule/verdict.ts';
import { expireGates, nextExpiry } from '../../core/schedule/waiting.ts';
import { settleChange } from './change.ts';
import { type Children, running } from './children.ts';
import { changed, type Job, now } from './context.ts';
import { adoptedNeedCheck, checkAdopted, continueIfLong } from './continue.ts';
import type { keepFlushing } from './journal.ts';
import { repositoryStory } from './repository-story.ts';

/**
 * Carries the plan out: after every change, everything that can move moves. Returns when the tasks are done, a
 * person accepts what there is, or the end is certain and nothing runs any more.
 */
export async function execute(
  job: Job,
  children: Children,
  journal: ReturnType<typeof keepFlushing>,
): Promise<void> {
  const { state } = job;
  const merges = state.repository ? (await repositoryStory()).mergesOf(job, children) : null;
  let check = later(now(), job.settings.adopted_check_seconds);
  for (;;) {
    const looked_at = now();
    if (!state.ending) {
      const expired = [...expireGates(state, looked_at), ...expireAsks(state, looked_at)];
      job.emit([...expired, ...warnOfExpiry(state, looked_at)]);
    }
    if (isUnchecked(state)) await settleChange(job);
    job.emit([...reportToBoss(state, now()), ...stopWorkers(state, now())]);
    const { version } = job;
    step(job, children);
    merges?.step();
    children.hold(state.paused);
    if (isOver(job)) return merges?.stop();
    if (state.ending) await merges?.stop();
    children.stopMarked();
    if (adoptedNeedCheck(job) && now() >= check) {
      await checkAdopted(job, children);
      check = later(now(), job.settings.adopted_check_seconds);
    }
    await continueIfLong(job, children, journal, merges);
    const checkAt = adoptedNeedCheck(job) ? check : null;
    const mergeAt = state.repository?.trouble?.retry_at ?? null;
    const drainAt = job.drain_at === 0 ? null : new Date(job.drain_at).toISOString();
    await changed(
      job,
      version,
      earliest(looked_at, nextWarning(state), nextExpiry(state), checkAt, drainAt, mergeAt),
    );
  }
}

function step(job: Job, children: Children): void {
  const { events, start, grant_slots, leases } = schedule(job.state, now());
  for (const task of start) children.start(task);
  for (const task of grant_slots) children.grantSlot(task);
  for (const lease of leases) children.answerLease(lease);
  for (const { task_id, answer } of takeAskAnswers(job.state)) children.answerAsk(task_id, answer);
  children.deliver();
  const rested = takeRestAnswer(job.state);
  if (rested) children.answerLead([rested]);
  job.emit(events);
}

function verdictOn({ state }: Job): Verdict {
  const verdict = assess(state);
  // projects of earlier versions ended with their boss, whatever it was, and replay so
  if (verdict.kind === 'failed' && verdict.mendable && patched('mendable-boss')) return verdict.mendable;
  return verdict;
}

/** Whether the phase has ended; marks what is to be stopped, and says when a person is needed. */
function isOver(job: Job): boolean {
  const { state } = job;
  if (!state.ending && !state.accepted_by) {
    const verdict = verdictOn(job);
    if (verdict.kind === 'failed') state.ending = { status: 'failed', error: verdict.error };
    // what becomes of the job depends on the change that is not in force yet
    else if (state.changing) state.review = null;
    else if (verdict.kind === 'review') job.emit(setReview(state, verdict.error));
    else if (verdict.kind === 'active') state.review = null;
    else if (!state.paused) {
      state.partial = verdict.partial;
      state.review = null;
      return true;
    }
  }
  if (!state.ending) return state.accepted_by !== null && running(job).length === 0;
  for (const task of running(job)) task.stop ??= 'cancel';
  return running(job).length === 0;
}

/** The first of some times after `from`: what was due by then was looked at, and waiting for it would not end. */
const earliest = (from: string, ...times: (string | null)[]): string | null =>
  times.filter((time) => time !== null && time > from).sort()[0] ?? null;
