import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TaskOutcome, TaskSettlement } from '../../contracts/attempt.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { JobMessage } from '../../contracts/message.ts';
import { answerRequest, takeRestAnswer } from '../../core/boss/answers.ts';
import { assessLed, isNewsExpected, stopWorkers } from '../../core/boss/ending.ts';
import { progressMessage, reportToBoss } from '../../core/boss/reports.ts';
import { memberViews } from '../../core/boss/team.ts';
import { checkMessage, postMessage, takeMessages } from '../../core/messages/messages.ts';
import { assess } from '../../core/schedule/ending.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { settleTask } from '../../core/schedule/settle.ts';
import { returnSlot } from '../../core/schedule/waiting.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { AGENTS, project } from './project.ts';
import { START } from './samples.ts';

type Happening =
  | { kind: 'delegate'; agent: string; name: string }
  | { kind: 'settle'; pick: number; outcome: 'completed' | 'failed' | 'no_provider' | 'again' }
  | { kind: 'report'; pick: number; status: string }
  | { kind: 'write'; to: string; from: string | null }
  | { kind: 'create'; name: string }
  | { kind: 'rest' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant('delegate' as const),
    agent: fc.constantFrom(...AGENTS, 'new', 'boss', 'nobody', 'constructor'),
    name: fc.constantFrom('Do ann-1 again', 'Something', 'x'.repeat(2000), 'constructor'),
  }),
  fc.record({
    kind: fc.constant('settle' as const),
    pick: fc.nat(20),
    outcome: fc.constantFrom(
      'completed' as const,
      'failed' as const,
      'no_provider' as const,
      'again' as const,
    ),
  }),
  fc.record({
    kind: fc.constant('report' as const),
    pick: fc.nat(20),
    status: fc.constantFrom('working', 'blocked', 'error'),
  }),
  fc.record({
    kind: fc.constant('write' as const),
    to: fc.constantFrom(...AGENTS, 'all', 'boss', 'ann-1', 'nobody'),
    from: fc.constantFrom('boss', null),
  }),
  fc.record({ kind: fc.constant('create' as const), name: fc.constantFrom('new', 'ann', 'Bad Name', 'all') }),
  fc.record({ kind: fc.constant('rest' as const) }),
);

interface Story {
  state: JobState;
  events: EventDraft[];
  /** ends of workers' tasks */
  ends: number;
  /** what the boss was sent */
  read: string[];
}

function settlementOf(state: JobState, task_id: string, outcome: TaskOutcome): TaskSettlement {
  const { generation, attempt, agent } = state.tasks[task_id]!;
  return { task_id, generation, attempt, agent, worker: 'w', outcome };
}

const OUTCOMES: Record<string, TaskOutcome> = {
  completed: { status: 'completed', output: { preview: 'done', bytes: 4, text: 'done' }, artifacts: [] },
  failed: { status: 'failed', error: { code: 'refusal', message: 'no', retryable: false }, artifacts: [] },
  no_provider: { status: 'blocked', reason: 'no_provider', message: 'none' },
};

function unfold(state: JobState, happenings: readonly Happening[], watch: (story: Story) => void): Story {
  const story: Story = { state, events: [], ends: 0, read: [] };
  const workers = () => Object.values(state.tasks).filter(({ task_id }) => task_id !== 'boss');
  for (const [index, it] of happenings.entries()) {
    const running = workers().filter(({ status }) => status === 'running');
    if (it.kind === 'delegate' || it.kind === 'create' || it.kind === 'rest') {
      const wish =
        it.kind === 'delegate'
          ? ({ wish: 'delegate', agent_id: it.agent, task_description: it.name } as const)
          : it.kind === 'create'
            ? ({
                wish: 'create',
                name: it.name,
                role: 'worker',
                specialty: 'coder',
                system_prompt: 'p',
              } as const)
            : ({ wish: 'rest' } as const);
      story.events.push(...answerRequest(state, { request_id: `${index}`, wish }, START).events);
    } else if (it.kind === 'settle' && running.length > 0) {
      const { task_id } = running[it.pick % running.length]!;
      const settlement = settlementOf(state, task_id, OUTCOMES[it.outcome] ?? OUTCOMES.completed!);
      story.events.push(...settleTask(state, settlement, START));
      // the same news twice
      if (it.outcome === 'again') story.events.push(...settleTask(state, settlement, START));
      story.ends += 1;
    } else if (it.kind === 'report' && running.length > 0) {
      const { task_id } = running[it.pick % running.length]!;
      story.events.push(...progressMessage(state, task_id, { status: it.status, message: 'm' }, START));
      if (it.status === 'blocked') returnSlot(state, task_id, null, '');
    } else if (it.kind === 'write') {
      const draft = { from_task_id: it.from, to: it.to, content: 'words' };
      if (!checkMessage(state, draft)) story.events.push(...postMessage(state, draft, START));
    }
    // what the workflow does after each
    story.events.push(...reportToBoss(state, START), ...stopWorkers(state, START));
    const { start } = schedule(state, START);
    expect(start).not.toContain('boss');
    for (const { task_id, messages } of takeMessages(state, () => true)) {
      if (task_id === 'boss') story.read.push(...messages.map(({ id }) => id));
    }
    watch(story);
  }
  return story;
}

const said = (events: readonly EventDraft[]): JobMessage[] =>
  events.filter(({ type }) => type === 'message').map(({ data }) => data as unknown as JobMessage);

test('every end of a delegated task is told to the boss once, in order, and nothing is sent to it twice', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const { events, ends, read } = unfold(project(), happenings, () => undefined);
      const news = said(events).filter(({ kind }) => kind === 'result' || kind === 'error');
      expect(news).toHaveLength(ends);
      expect(new Set(read).size).toBe(read.length);
      const toBoss = said(events).filter(({ metadata }) => metadata.to_task_ids.includes('boss'));
      expect(read).toEqual(toBoss.map(({ id }) => id));
      expect(said(events).map(({ id }) => id)).toEqual(said(events).map((_, index) => `m-${index + 1}`));
    }),
  );
});

test('a boss holds no slot, at most max_workers of its workers work, and none that is free waits', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      (happenings, most) => {
        unfold(project(most), happenings, ({ state }) => {
          expect(state.tasks.boss!.holds_slot).toBe(false);
          const working = Object.values(state.tasks).filter(({ holds_slot }) => holds_slot);
          expect(working.length).toBeLessThanOrEqual(most);
          const pending = Object.values(state.tasks).filter(({ status }) => status === 'pending');
          if (working.length < most) expect(pending).toEqual([]);
          expect(assess(state)).toEqual({ kind: 'active' });
        });
      },
    ),
  );
});

test('a boss that rests is told so once nothing can come to it any more, and never before', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      unfold(project(), happenings, ({ state }) => {
        const expected = isNewsExpected(state);
        const live = Object.values(state.tasks).filter(
          ({ task_id, status }) => task_id !== 'boss' && (status === 'running' || status === 'pending'),
        );
        if (live.length === 0) expect(expected).toBe(false);
        if (live.some(({ awaits_message }) => !awaits_message)) expect(expected).toBe(true);
        const { resting } = state;
        const answer = takeRestAnswer(state);
        expect(answer === null).toBe(!resting || expected);
        if (answer) expect(takeRestAnswer(state)).toBeNull();
      });
    }),
  );
});

test('only agents of the project get tasks, each under an id of its own, and what is created is one of them', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const { state, events } = unfold(project(2, 8), happenings, () => undefined);
      const members = memberViews(state).map(({ agent_id }) => agent_id);
      const ids = state.plan!.tasks.map(({ task_id }) => task_id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeLessThanOrEqual(8);
      expect(Object.keys(state.tasks).sort()).toEqual([...ids].sort());
      expect(state.old_plans).toEqual([]);
      expect(state.approved_version).toBe(state.plan!.version);
      for (const { agent } of state.plan!.tasks) expect(members).toContain(agent);
      expect(said(events).filter(({ kind }) => kind === 'delegation')).toHaveLength(ids.length - 1);
      expect(members.filter((name) => name === 'new').length).toBeLessThanOrEqual(1);
      expect(members).not.toContain('Bad Name');
    }),
  );
});

test('once the boss has completed the project, the others stop, the job says which, and it is done when they have', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
      const { state } = unfold(project(), happenings, () => undefined);
      const live = Object.values(state.tasks).filter(
        ({ task_id, status }) => task_id !== 'boss' && ['pending', 'running', 'blocked'].includes(status),
      );
      const names = live.map(({ task_id }) => task_id);
      settleTask(state, settlementOf(state, 'boss', OUTCOMES.completed!), START);
      stopWorkers(state, START);
      stopWorkers(state, START);
      expect(state.warnings).toHaveLength(names.length > 0 ? 1 : 0);
      for (const name of names) expect(state.warnings[0]).toContain(name);
      for (const task of live) {
        if (task.status !== 'running') continue;
        expect(assessLed(state)).toEqual({ kind: 'active' });
        expect(task.stop).toBe('cancel');
        settleTask(state, settlementOf(state, task.task_id, { status: 'cancelled' }), START);
      }
      expect(reportToBoss(state, START)).toEqual([]);
      expect(assessLed(state)).toEqual({ kind: 'done', partial: false });
      for (const name of names) expect(state.tasks[name]!.status).toBe('cancelled');
    }),
  );
});

test('a boss that fails ends the project with what it was', () => {
  const state = project();
  const error = { code: 'turn_limit', message: 'not done after 5 turns', retryable: false };
  settleTask(state, settlementOf(state, 'boss', { status: 'failed', error, artifacts: [] }), START);
  expect(assess(state)).toEqual({
    kind: 'failed',
    error: { code: 'turn_limit', message: 'the boss boss could not go on: not done after 5 turns' },
  });
});
