import { describe, expect, test } from 'vitest';
import type { JobEvent } from '../../contracts/event.ts';
import { modelCost } from '../../contracts/plan.ts';
import { screenText } from '../../contracts/screen-text.ts';
import { layOut } from '../../dashboard/components/graph/layout.ts';
import { applyEvents } from '../../dashboard/data/apply-events.ts';
import { noteServerTime, serverNow } from '../../dashboard/data/server-clock.ts';
import { timelineOf } from '../../dashboard/pages/job/timeline-rows.ts';
import { isSame, planDiff, toChange } from '../../dashboard/pages/plan/diff.ts';
import { dependsOn, newTask, withEdge, withoutTask, withTask } from '../../dashboard/pages/plan/draft.ts';
import { readSpec, withField } from '../../dashboard/pages/submit/spec-text.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

/** Events of one task, a second apart. */
function eventsOf(...types: [JobEvent['type'], Partial<JobEvent>?][]): JobEvent[] {
  return types.map(([type, more], index) => ({
    seq: index + 1,
    job_id: 'j1',
    at: new Date(START + index * 1000).toISOString(),
    type,
    task_id: 'a',
    data: {},
    ...more,
  }));
}

describe('what events say is shown before the status is read again', () => {
  const job = {
    status: 'running',
    tasks: ['a', 'b'].map((task_id) => ({ task_id, status: 'pending', attempt: 0, reason: null })),
    stats: { total: 2, pending: 2, running: 0, completed: 0, failed: 0, blocked: 0, skipped: 0 },
  } as unknown as Parameters<typeof applyEvents>[0];

  test('of the tasks that they name, and no others', () => {
    const after = applyEvents(job, eventsOf(['task.started', { attempt: 2 }]));
    expect(after.tasks[0]).toMatchObject({ status: 'running', attempt: 2 });
    expect(after.tasks[1]).toBe(job.tasks[1]);
    expect(after.stats).toMatchObject({ total: 2, pending: 1, running: 1 });
  });

  test('the last word counts, and what says nothing changes nothing', () => {
    const types = ['task.started', 'task.failed', 'job.needs_review'] as const;
    const after = applyEvents(job, eventsOf(...types.map((type) => [type] as [JobEvent['type']])));
    expect(after).toMatchObject({
      status: 'needs_review',
      tasks: [{ status: 'failed' }, { status: 'pending' }],
    });
    expect(applyEvents(job, eventsOf(['artifact.created'], ['message']))).toBe(job);
  });
});

test('a timeline tells attempts, and the waiting between them', () => {
  const events = eventsOf(
    ['task.ready'],
    ['task.started', { attempt: 1 }],
    ['task.retrying', { attempt: 1 }],
    ['task.started', { attempt: 2 }],
    ['task.completed', { attempt: 2 }],
  );
  const row = timelineOf(events).get('a')!;
  expect(row.map(({ kind, attempt }) => [kind, attempt])).toEqual([
    ['waiting', 0],
    ['failed', 1],
    ['waiting', 0],
    ['completed', 2],
  ]);
  expect(row.map(({ from, to }) => (to! - from) / 1000)).toEqual([1, 1, 1, 1]);
  expect(timelineOf(events.slice(0, 2)).get('a')!.at(-1)).toMatchObject({ kind: 'running', to: null });
});

test('a timeline has nothing of a task that was skipped before it was ready', () => {
  expect(timelineOf(eventsOf(['task.skipped'])).size).toBe(0);
  const late = eventsOf(['task.ready'], ['task.skipped']);
  expect(timelineOf(late).get('a')).toMatchObject([{ kind: 'waiting', attempt: 0 }]);
});

test('progress bars are shown as a terminal would have drawn them, also a great many of them', () => {
  expect(screenText('10 %\r50 %\r100 %\nready\r\nnext')).toBe('100 %\nready\nnext');
  expect(screenText('a longer text\rshort')).toBe('shortger text');
  expect(screenText('\u001b[31mred\u001b[0m \u001b]0;title\u0007end')).toBe('red end');
  const bars = Array.from({ length: 200_000 }, (_, index) => `step ${index}`).join('\r');
  expect(screenText(bars)).toBe('step 199999');
});

test('the clock of the service counts where that of the browser is wrong', () => {
  noteServerTime(new Date(Date.now() - 3 * 3_600_000).toUTCString());
  expect(Math.abs(serverNow() - (Date.now() - 3 * 3_600_000))).toBeLessThan(2000);
  noteServerTime(new Date().toUTCString());
  expect(Math.abs(serverNow() - Date.now())).toBeLessThan(2);
  noteServerTime(null);
  expect(Math.abs(serverNow() - Date.now())).toBeLessThan(2);
});

test.each([
  ['No task calls a model.', 0, 'no model cost'],
  ['m (ollama) for 1 task, price not known, left out of the cost', 0, 'model cost not known'],
  [
    'm for 1 task, price not known, left out of the cost',
    2,
    '1 to 2 for models, without models whose price is not known',
  ],
  ['m for 1 task', 2, '1 to 2 for models'],
])('a forecast by %j of at most %d says %j', (basis, cost_usd_high, words) => {
  const forecast = { cost_usd_low: cost_usd_high / 2, cost_usd_high, seconds_critical_path: 1, basis };
  expect(modelCost(forecast, String)).toBe(words);
});

test('a chain is drawn in rows where it could not be read in one, and never smaller for it', () => {
  const chain = Array.from({ length: 12 }, (_, index) => ({
    task_id: `t${index}`,
    depends_on: index === 0 ? [] : [`t${index - 1}`],
  }));
  const frame = { width: 640, height: 560 };
  const places = [...layOut(chain, frame).values()];
  const width = Math.max(...places.map(({ x }) => x)) + 200;
  const height = Math.max(...places.map(({ y }) => y)) + 58;
  expect(Math.min(frame.width / width, frame.height / height)).toBeGreaterThanOrEqual(0.75);
  expect(layOut(chain.slice(0, 2), frame)).toEqual(layOut(chain.slice(0, 2)));
});

describe('a plan that is edited', () => {
  const a = { ...newTask([]), task_id: 'a', title: 'A' };
  const b = { ...newTask([]), task_id: 'b', title: 'B', depends_on: ['a'] };
  const tasks = [a, b];

  test('differs by tasks and fields, and becomes a change of a running plan', () => {
    const added = newTask(tasks);
    const after = [...withTask(withoutTask(tasks, 'a'), 'b', { title: 'New' }), added];
    const diff = planDiff(tasks, after);
    expect(diff.dropped.map(({ task_id }) => task_id)).toEqual(['a']);
    expect(diff.changed).toEqual([
      {
        task_id: 'b',
        fields: [
          { name: 'title', before: 'B', after: 'New' },
          { name: 'depends_on', before: '["a"]', after: '[]' },
        ].sort((x, y) => Object.keys(b).indexOf(x.name) - Object.keys(b).indexOf(y.name)),
      },
    ]);
    expect(toChange(diff, after)).toEqual({
      add: [added],
      drop: ['a'],
      change: [{ task_id: 'b', title: 'New', depends_on: [] }],
    });
    expect(isSame(planDiff(tasks, structuredClone(tasks)))).toBe(true);
  });

  test('takes no edge that closes a circle', () => {
    expect(withEdge(tasks, 'b', 'a')).toEqual(tasks);
    expect(withEdge(tasks, 'a', 'a')).toEqual(tasks);
    const c = { ...newTask(tasks), task_id: 'c' };
    expect(dependsOn(withEdge([...tasks, c], 'b', 'c'), 'c', 'a')).toBe(true);
  });
});

test.each([3, 60, 500])('%i tasks are drawn left of what depends on them, none over another', (count) => {
  const tasks = Array.from({ length: count }, (_, index) => ({
    task_id: `t${index}`,
    depends_on: index < count / 10 ? [] : [`t${Math.floor(index / 3)}`, 'unknown'],
  }));
  const places = layOut(tasks);
  expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
  for (const { task_id, depends_on } of tasks) {
    for (const before of depends_on.filter((id) => places.has(id) && id !== task_id)) {
      expect(places.get(before)!.x).toBeLessThan(places.get(task_id)!.x);
    }
  }
});

test('a spec keeps its comments when the form changes a field, and is checked as the service does', () => {
  const text = '# why\ntitle: "" # short\ndescription: Do {{what}}\nbudget_usd: -1\n';
  const read = readSpec(text);
  expect(read.mistakes.map(({ path }) => path)).toEqual(['title', 'budget_usd']);
  const changed = withField(withField(text, 'title', 'A title'), 'budget_usd', undefined);
  expect(changed).toContain('# why');
  expect(readSpec(changed)).toMatchObject({
    value: { title: 'A title', description: 'Do {{what}}' },
    mistakes: [],
  });
  for (const { issue } of readSpec('a: [\nb: "').mistakes) expect(issue).toMatch(/[^:]$/);
  expect(readSpec('a: [').mistakes).toHaveLength(1);
  const parametric =
    'title: "{{ parameters.a }}"\ndescription: D\nmax_workers: "{{ parameters.b }}"\nparameters: { a: {}, b: { type: number, default: 2 } }\n';
  expect(readSpec(parametric).mistakes).toEqual([{ path: 'with.a', issue: 'is required' }]);
  const filled = withField(withField(parametric, ['with', 'b'], 3), ['with', 'a'], 'A');
  expect(readSpec(filled)).toMatchObject({ value: { with: { a: 'A', b: 3 } }, mistakes: [] });
  expect(readSpec(withField(filled, ['with', 'b'], undefined)).value!.with).toEqual({ a: 'A' });
  expect(readSpec('- a').mistakes).toEqual([{ path: '', issue: 'must be an object with named fields' }]);
});
