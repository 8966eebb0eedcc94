import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planOf, startJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { endedAs, type Kinds } from './kind.ts';

const chain = (length: number) =>
  Array.from({ length }, (_, index) => ({
    task_id: `c${index}`,
    command: 'cat > /dev/null; echo done',
    depends_on: index === 0 ? [] : [`c${index - 1}`],
  }));

/** Jobs whose tasks leave no more in histories than they must: their inputs are short, and no timer is theirs. */
export const leanKinds: Kinds = {
  async 'lean-chain'(stage) {
    return endedAs(await startJob(stage, { plan: planOf(chain(4)) }), 'completed');
  },

  async 'lean-time-out'(stage) {
    const tasks = [
      { task_id: 'slow', command: 'sleep 300', timeout_seconds: 1, max_attempts: 1 },
      { task_id: 'slower', command: 'sleep 0.6; exit 1', max_attempts: 20, total_timeout_seconds: 1 },
    ];
    return endedAs(await startJob(stage, { on_task_failure: 'continue', plan: planOf(tasks) }), 'failed');
  },

  async 'lean-continued'(stage) {
    const wait = 'while [ ! -f go ]; do sleep 0.05; done; echo went on';
    const plan = planOf([{ task_id: 'long', command: wait }, ...chain(4)]);
    const often = { continue_after_events: 40, adopted_check_seconds: 60 };
    const job = await startJob(stage, { plan }, often);
    const first = (await job.handle.describe()).runId;
    await job.taskReaches('c3', 'completed');
    await until(async () => (await job.handle.describe()).runId !== first, { what: 'continue-as-new' });
    await writeFile(join(stage.deps.work_dir, job.job_id, 'go'), '');
    return endedAs(job, 'completed');
  },
};
