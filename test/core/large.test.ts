import { expect, test } from 'vitest';
import type { Artifact } from '../../contracts/artifact.ts';
import { jobArtifacts, jobView } from '../../core/journal/view.ts';
import { JOB_ARTIFACTS, settleTask } from '../../core/schedule/settle.ts';
import { waitingApprovals } from '../../core/schedule/waiting.ts';
import { approvedJob, START, taskOf } from './samples.ts';

const artifacts = (task_id: string, count: number): Artifact[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ artifact_id: `${task_id}-${index}`, name: `file-${index}.txt`, media_type: 'text/plain' },
    ...{ size_bytes: 1, sha256: '0'.repeat(64), task_id },
  }));

test('a job keeps so many artifacts, and says which it does not', () => {
  const state = approvedJob([taskOf('a'), taskOf('b')]);
  const settle = (task_id: string, count: number) => {
    const task = state.tasks[task_id]!;
    task.status = 'running';
    return settleTask(
      state,
      {
        ...{ task_id, generation: task.generation, attempt: 1, agent: 'command', worker: null },
        outcome: {
          status: 'completed',
          output: { preview: '', bytes: 0, text: '' },
          artifacts: artifacts(task_id, count),
        },
      },
      START,
    );
  };
  settle('a', JOB_ARTIFACTS - 1);
  const events = settle('b', 3);
  expect(events.filter(({ type }) => type === 'artifact.created')).toHaveLength(1);
  expect(jobArtifacts(state)).toHaveLength(JOB_ARTIFACTS);
  expect(state.tasks.b!.artifacts_left_out).toMatchObject([
    { name: 'file-1.txt', reason: expect.stringContaining(`${JOB_ARTIFACTS} artifacts`) },
  ]);
});

test('what is read again and again has the beginnings of long descriptions, and says how long they are', () => {
  const state = approvedJob([
    taskOf('a', { description: '𝄞'.repeat(50_000) }),
    taskOf('b', { description: 'short', agent: 'human' }),
  ]);
  const [a, b] = jobView(state).tasks;
  expect(a).toMatchObject({ description: '𝄞'.repeat(1000), description_chars: 100_000 });
  expect(b!.description).toBe('short');
  expect(b).not.toHaveProperty('description_chars');
  Object.assign(state.tasks.a!, { status: 'blocked', reason: 'waiting_for_person' });
  const { prompt } = waitingApprovals(state, START)[0]!;
  expect(prompt).toContain('the first 4000 of 100000 characters');
  expect(prompt.length).toBeLessThan(4200);
});
