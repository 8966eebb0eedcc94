import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkMessage,
  INBOX_SIZE,
  JOB_INBOX_SIZE,
  postMessage,
  putBack,
  takeMessages,
} from '../../core/messages/messages.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { anyHistory } from './happenings.ts';
import { unfold } from './history.ts';
import { approvedJob, START, taskOf, tasksOf } from './samples.ts';

const anyMoment = anyHistory(30).map(([job, happenings]) => unfold(job, happenings).state);
const anyAddress = fc.constantFrom(
  't0',
  't1',
  't2',
  'general',
  'human',
  'command',
  'all',
  'nobody',
  'constructor',
);
const waiting = (state: JobState) => Object.values(state.tasks).flatMap(({ inbox = [] }) => inbox);

test('a message that is allowed waits for everybody that it names; one that is refused says why', () => {
  fc.assert(
    fc.property(anyMoment, anyAddress, (state, to) => {
      const draft = { from_task_id: null, to, content: 'hear me' };
      const before = JSON.stringify(state);
      const problem = checkMessage(state, draft);
      expect(JSON.stringify(state)).toBe(before);
      if (problem) return void expect(problem.message).not.toBe('');
      const earlier = waiting(state).length;
      const [event] = postMessage(state, draft, START);
      const { to_task_ids } = event!.data.metadata as { to_task_ids: string[] };
      expect(to_task_ids.length).toBeGreaterThan(0);
      expect(waiting(state)).toHaveLength(earlier + to_task_ids.length);
      for (const id of to_task_ids) {
        const { status, inbox } = state.tasks[id]!;
        expect(['pending', 'awaiting_approval', 'running', 'blocked']).toContain(status);
        expect(inbox!.at(-1)).toMatchObject({ id: event!.data.id });
      }
    }),
  );
});

test('what is taken to be sent is taken once, in order, and what comes back is there once', () => {
  fc.assert(
    fc.property(anyMoment, fc.integer({ min: 1, max: 5 }), (state, count) => {
      for (let number = 0; number < count; number += 1) {
        const draft = { from_task_id: null, to: 'all', content: `${number}` };
        if (!checkMessage(state, draft)) postMessage(state, draft, START);
      }
      const taken = takeMessages(state, () => true);
      expect(takeMessages(state, () => true)).toEqual([]);
      for (const { task_id, messages } of taken) {
        expect(state.tasks[task_id]!.status).toBe('running');
        putBack(state, task_id, messages);
        putBack(state, task_id, messages);
      }
      expect(takeMessages(state, () => true)).toEqual(taken);
    }),
  );
});

test('a message that nobody will read any more is said to be unread, once', () => {
  const state = approvedJob(tasksOf({ a: [] }));
  postMessage(state, { from_task_id: null, to: 'a', content: 'too late' }, START);
  state.tasks.a!.status = 'running';
  const [{ messages } = { messages: [] }] = takeMessages(state, () => true);
  state.tasks.a!.status = 'completed';
  expect(putBack(state, 'a', messages)).toMatchObject([
    { type: 'alert', task_id: 'a', data: { kind: 'messages_unread', message_ids: ['m-1'] } },
  ]);
  expect(putBack(state, 'a', [])).toEqual([]);
});

test('a sender does not write to itself, and not more than can be read', () => {
  const state = approvedJob([taskOf('a', { agent: 'general' }), taskOf('b', { agent: 'general' })]);
  const draft = { from_task_id: 'a', to: 'general', content: 'x' };
  for (let sent = 0; sent < INBOX_SIZE; sent += 1) {
    expect(checkMessage(state, draft)).toBeNull();
    postMessage(state, draft, START);
  }
  expect(state.tasks.a!.inbox).toBeUndefined();
  expect(checkMessage(state, draft)).toMatchObject({ code: 'conflict' });
  expect(checkMessage(state, { from_task_id: 'a', to: 'a' })).toMatchObject({ message: 'that is you' });
});

test('all agents together have no more to read than a job can carry', () => {
  const tasks = Array.from({ length: 50 }, (_, index) => taskOf(`t${index}`, { agent: 'general' }));
  const state = approvedJob(tasks);
  const draft = { from_task_id: null, to: 'all', content: 'x' };
  for (let sent = 0; sent < JOB_INBOX_SIZE / 50; sent += 1) {
    expect(checkMessage(state, draft)).toBeNull();
    postMessage(state, draft, START);
  }
  const told = `the agents of the job have ${JOB_INBOX_SIZE} messages to read`;
  expect(checkMessage(state, draft)?.message).toContain(told);
  expect(checkMessage(state, { ...draft, to: 't0' })?.message).toContain(told);
});
