import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { taskWorkflowId } from '../../../contracts/names.ts';
import { planOf, startJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { endedAs, type Kinds, said } from './kind.ts';

/** Gates, human tasks, and people who steer. */
export const peopleKinds: Kinds = {
  async gates(stage) {
    const job = await startJob(stage, {
      max_workers: 1,
      plan: planOf([
        { task_id: 'yes', approval: 'required' },
        { task_id: 'no', approval: 'required' },
        { task_id: 'late', approval: 'required', approval_expires_seconds: 1 },
        { task_id: 'behind', depends_on: ['no'] },
        { task_id: 'last', depends_on: ['yes', 'late'] },
      ]),
    });
    await job.taskReaches('yes', 'awaiting_approval');
    await job.update('approve_task', { task_id: 'yes', note: 'go' });
    await job.update('decide_approval', { approval_id: 'gate-no', decision: 'deny', reason: 'not this' });
    await job.reach('needs_review');
    await job.update('retry_task', { task_id: 'late' });
    await job.taskReaches('late', 'awaiting_approval');
    await job.update('approve_task', { task_id: 'late' });
    return endedAs(job, 'completed');
  },

  async 'human-task'(stage) {
    const job = await startJob(stage, {
      max_workers: 1,
      plan: planOf([
        { task_id: 'ask', agent: 'human', description: 'Which colour?' },
        { task_id: 'other' },
        { task_id: 'use', command: 'cat "$ORCHESTRATOR_CONTEXT" > /dev/null', depends_on: ['ask'] },
      ]),
    });
    await job.taskReaches('ask', 'blocked');
    await job.update('complete_task', { task_id: 'ask', output: 'blue', outputs: { colour: 'blue' } });
    return endedAs(job, 'completed');
  },

  async cancel(stage) {
    const job = await startJob(stage, {
      plan: planOf([
        { task_id: 'long', command: 'sleep 300' },
        { task_id: 'flaky', command: 'exit 1', max_attempts: 20 },
        { task_id: 'after', depends_on: ['long'] },
      ]),
    });
    await job.taskReaches('long', 'running');
    await said(job, 'task.retrying');
    await job.update('cancel', { reason: 'enough' });
    return endedAs(job, 'cancelled');
  },

  async 'cancel-in-temporal'(stage) {
    const job = await startJob(stage, { plan: planOf([{ task_id: 'long', command: 'sleep 300' }]) });
    await job.taskReaches('long', 'running');
    await job.handle.cancel();
    return endedAs(job, 'cancelled');
  },

  async 'pause-resume'(stage) {
    const job = await startJob(stage, {
      plan: planOf([
        { task_id: 'first', command: 'sleep 1' },
        { task_id: 'flaky', command: 'test "$ORCHESTRATOR_ATTEMPT" = 2' },
        { task_id: 'second', depends_on: ['first'] },
      ]),
    });
    await said(job, 'task.retrying');
    await job.update('pause');
    await job.taskReaches('first', 'completed');
    await job.update('resume');
    return endedAs(job, 'completed');
  },

  async skip(stage) {
    const job = await startJob(stage, {
      plan: planOf([
        { task_id: 'running', command: 'sleep 300' },
        { task_id: 'next', depends_on: ['running'] },
        { task_id: 'waiting', agent: 'human' },
      ]),
    });
    await job.taskReaches('running', 'running');
    await job.update('skip_task', { task_id: 'waiting' });
    await job.update('skip_task', { task_id: 'running' });
    return endedAs(job, 'completed');
  },

  async signals(stage) {
    const job = await startJob(stage, {
      approval: 'required',
      plan: planOf([{ task_id: 'bad', command: 'test -f fixed', max_attempts: 1 }]),
    });
    await job.reach('awaiting_approval');
    await job.handle.signal('approve', { plan_version: 7 });
    await job.handle.signal('approve', {});
    await job.reach('needs_review');
    await job.handle.signal('retry_task', { task_id: 'nope' });
    await job.handle.signal('retry_task', { wrong: true });
    await job.handle.signal('send_message', { to: 'x', content: 'y' });
    await job.handle.signal('skip_task', { task_id: 'bad' });
    return endedAs(job, 'completed');
  },

  async 'refused-signals'(stage) {
    const wait = 'while [ ! -f go ]; do sleep 0.05; done';
    const job = await startJob(stage, { plan: planOf([{ task_id: 'a', command: wait }]) });
    await said(job, 'task.started');
    const task = stage.client.workflow.getHandle(taskWorkflowId(job.job_id, 'a'));
    for (const name of ['hold', 'lease_grant', 'deliver']) await task.signal(name, {});
    const names = ['agent_appeared', 'task_adopted', 'task_settled', 'lease_request', 'no_such_signal'];
    for (const name of names) await job.handle.signal(name, {});
    const refusals = async () => (await job.events()).filter(({ type }) => type === 'command.refused');
    await until(async () => (await refusals()).length >= names.length, { what: 'the refusals' });
    await writeFile(join(stage.deps.work_dir, job.job_id, 'go'), '');
    return endedAs(job, 'completed');
  },

  async 'repeated-requests'(stage) {
    const job = await startJob(stage, {
      approval: 'required',
      plan: planOf([{ task_id: 'a', agent: 'human' }]),
    });
    await job.reach('awaiting_approval');
    for (let sent = 0; sent < 2; sent += 1)
      await job.update('approve', { request_id: 'r1', body_hash: 'h1' });
    await job.update('add_budget', { add_usd: 2, request_id: 'r2', body_hash: 'h2' });
    await job.update('complete_task', { task_id: 'a', output: 'done' });
    return endedAs(job, 'completed');
  },
};
