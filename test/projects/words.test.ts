import { describe, expect, test } from 'vitest';
import { toProject } from '../../api/compatibility/projects/view.ts';
import { jobStatuses, statusAfter } from '../../api/compatibility/projects/words.ts';
import type { MemberView } from '../../contracts/job-agent.ts';
import { JobStatus } from '../../contracts/status.ts';
import { jobView } from '../../core/journal/view.ts';
import { proposedJob, taskOf } from '../core/samples.ts';

const view = jobView(proposedJob([taskOf('ann-1', { title: 'Write it' })]));
const agent = (fields: Partial<MemberView>): MemberView => ({
  agent_id: 'ann',
  role: 'worker',
  specialty: 'general',
  status: 'idle',
  task_id: null,
  created: false,
  ...fields,
});

describe('the status of a job, as that of a project', () => {
  const ROWS = [
    ['planning', 'planning', false, null],
    ['awaiting_approval', 'planning', false, null],
    ['running', 'running', false, null],
    ['paused', 'paused', false, null],
    ['needs_review', 'paused', true, 'why'],
    ['synthesizing', 'running', false, null],
    ['verifying', 'running', false, null],
    ['completed', 'completed', false, null],
    ['failed', 'failed', false, 'why'],
    ['rejected', 'failed', false, 'why'],
    ['cancelled', 'failed', false, 'why'],
  ] as const;

  test.each(ROWS)('%s is %s', (job, status, needs_review, reason) => {
    const error = { code: 'x', message: 'why' };
    const project = toProject({ ...view, status: job, error }, { goal: 'g', summary: null });
    expect(project).toMatchObject({ status, needs_review, reason });
    expect(jobStatuses(status)).toContain(job);
  });

  test('there are no others', () => {
    expect(ROWS.map(([job]) => job).sort()).toEqual([...JobStatus.options].sort());
  });

  test('a cancelled one without a word says so itself', () => {
    const project = toProject({ ...view, status: 'cancelled', error: null }, { goal: 'g', summary: null });
    expect(project.reason).toBe('cancelled');
  });
});

describe('the state of an agent', () => {
  test.each([
    ['idle', null, null],
    ['working', 'ann-1', { task_id: 'ann-1', title: 'Write it' }],
    ['done', 'ann-1', null],
    ['error', 'ann-1', null],
  ] as const)('%s', (status, task_id, current_task) => {
    const { agents } = toProject(
      { ...view, agents: [agent({ status, task_id })] },
      { goal: 'g', summary: null },
    );
    expect(agents).toMatchObject([{ agent_id: 'ann', status, current_task }]);
  });
});

test('how much an agent has to do, and has done, is counted by its tasks', () => {
  const tasks = (['running', 'pending', 'completed', 'blocked'] as const).map((status, index) => ({
    ...view.tasks[0]!,
    ...{ task_id: `ann-${index}`, agent: 'ann', status },
  }));
  const others = { ...view.tasks[0]!, task_id: 'bob-1', agent: 'bob' };
  const project = toProject(
    { ...view, tasks: [...tasks, others], agents: [agent({ agent_id: 'lead', role: 'boss' }), agent({})] },
    { goal: 'g', summary: null },
  );
  expect(project).toMatchObject({ boss_agent: 'lead', workers: ['ann'] });
  expect(project.agents[1]).toMatchObject({ load: 2, completed: 1, failed: 1 });
});

describe('an event, as a status', () => {
  test.each([
    ['job.planning', 'planning'],
    ['job.approved', null],
    ['job.running', 'running'],
    ['job.paused', 'paused'],
    ['job.resumed', 'running'],
    ['job.needs_review', 'needs_review'],
    ['job.completed', 'completed'],
    ['job.failed', 'failed'],
    ['job.cancelled', 'cancelled'],
    ['job.submitted', null],
    ['task.started', null],
    ['message', null],
  ] as const)('%s', (type, status) => {
    expect(statusAfter(type)).toBe(status);
  });
});
