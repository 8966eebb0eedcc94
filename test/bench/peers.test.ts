import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { afterKill } from '../../bench/peers/after-kill.ts';
import { levels } from '../../bench/peers/job.ts';
import { PEERS, type PeerFigures } from '../../bench/peers/measure.ts';
import { PEERS_HEADING, peersSection } from '../../bench/peers/report.ts';
import { Schedule } from '../../bench/peers/schedule.ts';
import { randomDag } from '../../bench/plans.ts';
import { withSection } from '../../bench/sections.ts';
import { checkOrder, type LogEntry, note, readLog } from '../../bench/task-log.ts';
import { pathToEnd } from '../../core/plan/graph.ts';
import { until } from '../setup/until.ts';

const task = (task_id: string, estimated_seconds: number, depends_on: string[] = []) => ({
  task_id,
  estimated_seconds,
  depends_on,
});
const began = (task_id: string, at = 0): LogEntry => ({ task_id, what: 'began', at });
const ended = (task_id: string, at = 0): LogEntry => ({ task_id, what: 'ended', at });

test('levels hold every task once, behind all that it waits for, the longest path first', () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const tasks = randomDag(seed, [1, 40], ['x']);
    const length = pathToEnd(tasks);
    const done = new Set<string>();
    for (const level of levels(tasks)) {
      const lengths = level.map(({ task_id }) => length.get(task_id)!);
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
      for (const { depends_on } of level) expect(depends_on.every((id) => done.has(id))).toBe(true);
      for (const { task_id } of level) done.add(task_id);
    }
    expect(done.size).toBe(tasks.length);
  }
  expect(() => levels([task('a', 1, ['b']), task('b', 1, ['a'])])).toThrow('wait for each other');
});

test('a schedule gives a free slot to the longest path that is ready, and knows what was done before', async () => {
  const tasks = [
    task('before', 9),
    task('short', 1),
    task('other', 2),
    task('head', 1, ['before']),
    task('tail', 3, ['head']),
  ];
  const schedule = new Schedule(tasks, 2);
  schedule.isDone('before');
  const ends = new Map<string, () => void>();
  const order: string[] = [];
  const all = tasks.slice(1).map((one) =>
    schedule.whenReady(one, () => {
      order.push(one.task_id);
      return new Promise<void>((resolve) => ends.set(one.task_id, resolve));
    }),
  );
  await until(() => order.length === 2);
  ends.get('head')!();
  await until(() => order.length === 3);
  ends.get('other')!();
  await until(() => order.length === 4);
  expect(order).toEqual(['head', 'other', 'tail', 'short']);
  for (const end of ends.values()) end();
  await Promise.all(all);
});

test('a log that breaks the order of the plan, its bound or its tasks is refused', () => {
  const tasks = [task('a', 1), task('b', 1), task('c', 1, ['a'])];
  const good = [began('a'), began('b'), ended('a'), began('c'), ended('b'), ended('c')];
  expect(() => checkOrder(good, tasks, 2)).not.toThrow();
  expect(() => checkOrder(good, tasks, 1)).toThrow('2 tasks worked at once');
  expect(() => checkOrder([began('a'), began('c')], tasks, 2)).toThrow('c began before the end of a');
  expect(() => checkOrder([began('a'), ended('a'), began('a')], tasks, 2)).toThrow('a began twice');
  expect(() => checkOrder(good.slice(0, -1), tasks, 2)).toThrow('1 tasks were not done');
});

test('a log is read as it was written, and one that nobody wrote is empty', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-task-log-'));
  const log = join(folder, 'a.log');
  expect(readLog(log)).toEqual([]);
  note(log, 'a', 'began');
  note(log, 'a', 'ended');
  expect(readLog(log)).toMatchObject([
    { task_id: 'a', what: 'began' },
    { task_id: 'a', what: 'ended' },
  ]);
  rmSync(folder, { recursive: true });
});

const KILLED = [
  [began('a', 0), ended('a', 10), began('b', 10), began('c', 20), ended('c', 30), began('d', 30)],
  [began('a', 0)],
];

test('a kill that loses nothing but the work of running tasks is told from one that repeats what had ended', () => {
  const [first, second] = KILLED;
  const logs = [
    [...first!, began('b', 150), began('d', 160), began('e', 300)],
    [...second!, began('a', 170)],
  ];
  const moments = { killed_at: 100, ready_at: 120 };
  const kept = { ended: 2, ended_again: 0, running: 3, left_lying: 0, first_ms: 50, all_ms: 70 };
  expect(afterKill(logs, moments)).toEqual(kept);
  const repeated = [[...logs[0]!, began('c', 400)], logs[1]!];
  expect(afterKill(repeated, moments)).toEqual({ ...kept, ended_again: 1 });
});

test('where somebody has to ask, running tasks lay there, and the wait for that somebody does not count', () => {
  const logs = [
    [...KILLED[0]!, began('b', 1010), began('d', 1020)],
    [...KILLED[1]!, began('a', 1030)],
  ];
  expect(afterKill(logs, { killed_at: 100, ready_at: 120, asked_at: 1000 })).toMatchObject({
    ...{ running: 3, left_lying: 3 },
    ...{ first_ms: 30, all_ms: 50 },
  });
  expect(() => afterKill(KILLED, { killed_at: 100, ready_at: 120 })).toThrow('3 tasks never began again');
});

test('the section says of each what it took and what a kill did, with versions and load, and replaces itself alone', () => {
  const figures: PeerFigures = {
    name: 'Some framework, in memory',
    plans: [
      { seed: 1, tasks: 20, paper_seconds: 10, seconds: 11, ratio: 1.1 },
      { seed: 2, tasks: 21, paper_seconds: 10, seconds: 13, ratio: 1.3 },
    ],
    start_ms: [3, 1, 2],
    approve_ms: [7, 8, 9],
    kills: [
      {
        ...{ victim: 'its process', how: 'by hand' },
        ...{ ended: 9, ended_again: 2, running: 5, left_lying: 4, first_ms: 1200, all_ms: 3400 },
      },
    ],
  };
  const run = { versions: { thing: '1.2.3' }, date: '2026-01-01', seconds: 5, load_before: 7, cores: 2 };
  const section = peersSection([figures], PEERS, run);
  expect(section.startsWith(`${PEERS_HEADING}\n`)).toBe(true);
  expect(section).toContain('| seed 1: 20 tasks, 10.00 s | seed 2: 21 tasks, 10.00 s |');
  expect(section).toContain('| Some framework, in memory | 1.100 | 1.300 | 1.200 |');
  expect(section).toContain('| Some framework, in memory | 2 | 3 | 8 | 9 | 3 |');
  expect(section).toContain(
    '| Some framework, in memory: its process | 2 of 9 | 4 of 5 | by hand | 1.2 | 3.4 |',
  );
  expect(section).toContain('thing 1.2.3');
  expect(section).toContain('Load before the start: 7 on 2 cores.');
  const page = `# Benchmarks\n\n## First\n\none\n\n${PEERS_HEADING}\n\nold\n\n## Last\n\ntwo\n`;
  const written = withSection(PEERS_HEADING, page, section);
  expect(written).toBe(`# Benchmarks\n\n## First\n\none\n\n## Last\n\ntwo\n\n${section}`);
});
