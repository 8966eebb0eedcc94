import { plannedUpdate } from '../../../workflows/messages.ts';
import { planOf, startJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { endedAs, type Kinds, refused, untilChecked } from './kind.ts';

/** Plans that no model makes: given, by rules, edited, refused. */
export const planKinds: Kinds = {
  async 'given-plan'(stage) {
    const job = await startJob(stage, {
      approval: 'required',
      plan: planOf(
        [
          { task_id: 'a', command: 'echo from a; echo kept > "$ORCHESTRATOR_ARTIFACTS/kept.txt"' },
          { task_id: 'b', command: 'cat > /dev/null; echo \'{"sum": 3}\'', depends_on: ['a'] },
          { task_id: 'c', command: 'true', depends_on: ['a'] },
        ],
        {
          acceptance_criteria: [
            { criterion_id: 'c1', text: 'it runs', command: 'test -d .' },
            { criterion_id: 'c2', text: 'it is nice' },
          ],
        },
      ),
    });
    await job.reach('awaiting_approval');
    await job.update('approve', { plan_version: 1 });
    return endedAs(job, 'completed');
  },

  async 'awaited-plan'(stage) {
    const job = await startJob(stage, { approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    const planned = (updateId: string) => job.handle.executeUpdate(plannedUpdate, { updateId });
    await planned('while it plans');
    await planned('once there is a plan');
    await job.update('approve');
    return endedAs(job, 'completed');
  },

  async 'rules-plan'(stage) {
    const job = await startJob(stage, {
      approval: 'required',
      description: '1. Look around\n2. Write it down\n3. Then show it',
    });
    await job.reach('awaiting_approval');
    await job.update('revise', { feedback: 'Leave out the third step' });
    await job.reach('awaiting_approval');
    await refused(job.update('approve', { plan_version: 1 }));
    await job.update('approve');
    for (const { task_id } of (await job.reach('needs_review', 'running')).tasks) {
      const { tasks } = await job.taskReaches(task_id, 'blocked', 'completed');
      if (tasks.some((task) => task.task_id === task_id && task.status === 'blocked'))
        await job.update('skip_task', { task_id });
    }
    return endedAs(job, 'completed');
  },

  async 'edited-plan'(stage) {
    const job = await startJob(stage, { approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    await job.reach('awaiting_approval');
    await job.update('replace_plan', { plan: planOf([{ task_id: 'a', agent: 'stranger' }]) });
    await until(() => untilChecked(job));
    await refused(job.update('approve'));
    await job.update('replace_plan', { version: 2, plan: planOf([{ task_id: 'b' }]) });
    await until(() => untilChecked(job));
    await job.update('approve', { plan_version: 3 });
    return endedAs(job, 'completed');
  },

  async 'rejected-plan'(stage) {
    const job = await startJob(stage, { approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    await job.reach('awaiting_approval');
    await job.update('reject', { reason: 'not needed' });
    return endedAs(job, 'rejected');
  },

  async 'invalid-plan'(stage) {
    const job = await startJob(stage, { plan: planOf([{ task_id: 'a', agent: 'stranger' }]) });
    return endedAs(job, 'failed');
  },
};
