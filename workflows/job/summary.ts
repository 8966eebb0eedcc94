import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { budgetView } from '../../core/budget.ts';
import { jobStatus, newTaskState, plannedTasks, taskStateOf } from '../../core/job-state.ts';
import { stats } from '../../core/view.ts';
import type { Job } from './context.ts';

const JOB_STATUS = defineSearchAttributeKey('JobStatus', 'KEYWORD');

const published = new WeakMap<Job, string>();

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
  if (before === text) return;
  if (!before || JSON.parse(before).status !== status) {
    upsertSearchAttributes([{ key: JOB_STATUS, value: status }]);
  }
  upsertMemo(summary);
  published.set(job, text);
}
