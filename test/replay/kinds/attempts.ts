import { planOf, startJob } from '../../setup/jobs.ts';
import { endedAs, type Kinds } from './kind.ts';

/** Attempts that fail, and what a job makes of it. */
export const attemptKinds: Kinds = {
  async 'flaky-retry'(stage) {
    const command = 'test "$ORCHESTRATOR_ATTEMPT" = 2 || { echo broken >&2; exit 3; }';
    return endedAs(await startJob(stage, { plan: planOf([{ task_id: 'flaky', command }]) }), 'completed');
  },

  async 'time-out'(stage) {
    const tasks = [
      { task_id: 'slow', command: 'sleep 300', timeout_seconds: 1, max_attempts: 1 },
      { task_id: 'slower', command: 'sleep 0.6; exit 1', max_attempts: 20, total_timeout_seconds: 1 },
      { task_id: 'after', depends_on: ['slow'] },
    ];
    return endedAs(await startJob(stage, { on_task_failure: 'continue', plan: planOf(tasks) }), 'failed');
  },

  async 'on-failure-fail'(stage) {
    const tasks = [
      { task_id: 'long', command: 'sleep 300' },
      { task_id: 'bad', command: 'sleep 0.3; exit 1', max_attempts: 1 },
    ];
    return endedAs(await startJob(stage, { on_task_failure: 'fail', plan: planOf(tasks) }), 'failed');
  },

  async 'on-failure-continue'(stage) {
    const tasks = [
      { task_id: 'good' },
      { task_id: 'bad', command: 'exit 1', max_attempts: 1 },
      { task_id: 'after', depends_on: ['bad'] },
    ];
    return endedAs(await startJob(stage, { on_task_failure: 'continue', plan: planOf(tasks) }), 'completed');
  },

  async 'review-retry-skip'(stage) {
    const tasks = [
      { task_id: 'bad', command: 'test -f fixed', max_attempts: 1 },
      { task_id: 'after', depends_on: ['bad'] },
    ];
    const job = await startJob(stage, { plan: planOf(tasks) });
    await job.reach('needs_review');
    await job.update('retry_task', { task_id: 'bad', modified_prompt: 'try the other way' });
    await job.taskReaches('bad', 'failed');
    await job.reach('needs_review');
    await job.update('skip_task', { task_id: 'bad' });
    return endedAs(job, 'completed');
  },

  async 'review-finish'(stage) {
    const tasks = [{ task_id: 'good' }, { task_id: 'bad', command: 'exit 1', max_attempts: 1 }];
    const job = await startJob(stage, { plan: planOf(tasks) });
    await job.reach('needs_review');
    await job.update('finish', { actor: 'ann', note: 'good enough' });
    return endedAs(job, 'completed');
  },
};
