import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { jobReason, jobStanding, jobTeam } from '../../core/journal/list-item.ts';
import type { Job } from './context.ts';

const JOB_STATUS = defineSearchAttributeKey('JobStatus', 'KEYWORD');

const published = new WeakMap<Job, { summary: string; team: string | undefined }>();

/** Shows in memo and search attributes what lists of jobs show; writes only what changed. */
export function publishSummary(job: Job): void {
  const { state } = job;
  const summary = jobStanding(state);
  const { status } = summary;
  const text = JSON.stringify(summary);
  const before = published.get(job);
  if (before?.summary === text) return;
  if (!before || JSON.parse(before.summary).status !== status) {
    upsertSearchAttributes([{ key: JOB_STATUS, value: status }]);
  }
  // it can be long and seldom changes: written along with what else changes, and only when it is another one
  const team = jobTeam(state);
  const named = JSON.stringify(team);
  upsertMemo({ ...summary, reason: jobReason(state), ...(team && named !== before?.team ? { team } : {}) });
  published.set(job, { summary: text, team: named });
}
