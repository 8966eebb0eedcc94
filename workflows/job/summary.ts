import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { memberViews, teamOf } from '../../core/boss/team.ts';
import { stats } from '../../core/journal/stats.ts';
import { jobError, listedReason } from '../../core/journal/view.ts';
import { budgetView } from '../../core/money/budget.ts';
import { isLed, jobStatus, newTaskState, plannedTasks, taskStateOf } from '../../core/state/job-state.ts';
import type { Job } from './context.ts';

const JOB_STATUS = defineSearchAttributeKey('JobStatus', 'KEYWORD');

const published = new WeakMap<Job, { summary: string; team: string | undefined }>();

/** Shows in memo and search attributes what lists of jobs show; writes only what changed. */
export function publishSummary(job: Job): void {
  const { state } = job;
  const status = jobStatus(state);
  const tasks = plannedTasks(state).map((task) => taskStateOf(state, task.task_id) ?? newTaskState(task));
  const summary = {
    status,
    stats: stats(tasks),
    budget: budgetView(state.budget),
    finished_at: state.finished_at,
  };
  const text = JSON.stringify(summary);
  const before = published.get(job);
  if (before?.summary === text) return;
  if (!before || JSON.parse(before.summary).status !== status) {
    upsertSearchAttributes([{ key: JOB_STATUS, value: status }]);
  }
  // it can be long and seldom changes: written along with what else changes, and only when it is another one
  const team = isLed(state.spec) ? teamOf(memberViews(state)) : undefined;
  const named = JSON.stringify(team);
  const reason = listedReason(jobError(state));
  upsertMemo({ ...summary, reason, ...(team && named !== before?.team ? { team } : {}) });
  published.set(job, { summary: text, team: named });
}
