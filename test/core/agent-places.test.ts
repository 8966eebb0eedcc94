import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAgentFull } from '../../core/agents/taker.ts';
import { dependenciesMet, schedule, workingTasks } from '../../core/schedule/schedule.ts';
import { type JobState, plannedTasks } from '../../core/state/job-state.ts';
import { anyHistory } from './happenings.ts';
import { unfold } from './history.ts';
import { approvedJob, roster, START, taskOf } from './samples.ts';

const MOST = 1;

/** The same job with an agent that does one task at a time; tasks that name nobody are its own too. */
const withLimit = (state: JobState): JobState => {
  const agents = roster.agents.map((agent) =>
    agent.name === 'general' ? { ...agent, max_concurrency: MOST } : agent,
  );
  return { ...state, snapshot: { ...roster, agents } };
};

const runningOf = (state: JobState) =>
  plannedTasks(state).filter((task) => {
    const { status, agent_override } = state.tasks[task.task_id]!;
    return status === 'running' && (agent_override ?? task.agent ?? 'general') === 'general';
  });

test('an agent works on no more tasks at once than it may, and one that is full keeps no other from a slot', () => {
  fc.assert(
    fc.property(anyHistory(), ([job, happenings]) => {
      unfold(withLimit(job), happenings, {
        scheduled({ state }, { start }) {
          if (start.length > 0) expect(runningOf(state).length).toBeLessThanOrEqual(MOST);
          if (state.phase !== 'executing' || state.paused || state.ending || state.accepted_by !== null)
            return;
          const idle = plannedTasks(state).filter(
            (task) => state.tasks[task.task_id]!.status === 'pending' && dependenciesMet(state, task),
          );
          for (const task of idle) {
            const mayStart = !isAgentFull(state, task);
            if (mayStart) expect(workingTasks(state)).toBe(state.spec.max_workers);
          }
        },
      });
    }),
    { numRuns: 300 },
  );
});

test('a task whose agent is full waits, the next one of another agent goes first', () => {
  const tasks = [
    taskOf('a', { agent: 'general', estimated_seconds: 9 }),
    taskOf('b', { agent: 'general', estimated_seconds: 8 }),
    taskOf('c', { agent: 'llm', estimated_seconds: 1 }),
  ];
  const state = withLimit(approvedJob(tasks, { max_workers: 2 }));
  expect(schedule(state, START).start).toEqual(['a', 'c']);
  Object.assign(state.tasks.a!, { status: 'completed', holds_slot: false });
  expect(schedule(state, START).start).toEqual(['b']);
});
