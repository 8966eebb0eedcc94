import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paperMakespan } from '../../bench/list-schedule.ts';
import { chain, fanOut, randomDag } from '../../bench/plans.ts';
import { median, percentile } from '../../bench/statistics.ts';
import { criticalPath, findCycle } from '../../core/plan/graph.ts';

const task = (task_id: string, estimated_seconds: number, depends_on: string[] = []) => ({
  task_id,
  estimated_seconds,
  depends_on,
});

describe('the schedule on paper', () => {
  test('adds up a chain and divides what is independent', () => {
    expect(paperMakespan(chain(50, ['x']), 8)).toBe(50);
    expect(paperMakespan(fanOut(9, ['x']), 4)).toBe(3);
  });

  test('starts the longest path first, not the first task in the plan', () => {
    const tasks = [task('short', 1), task('other', 1), task('head', 1), task('tail', 3, ['head'])];
    expect(paperMakespan(tasks, 2)).toBe(4);
  });

  test('gives a slot away the moment it is free', () => {
    const tasks = [task('long', 5), task('a', 2), task('b', 2, ['a']), task('c', 1)];
    expect(paperMakespan(tasks, 2)).toBe(5);
  });

  test('refuses tasks that wait for each other', () => {
    expect(() => paperMakespan([task('a', 1, ['b']), task('b', 1, ['a'])], 2)).toThrow('wait for each other');
  });

  test('is never below the critical path or the work by the workers, and within the bound of list scheduling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 10 }), (seed, workers) => {
        const tasks = randomDag(seed, [1, 60], ['x']);
        const work = tasks.reduce((sum, { estimated_seconds }) => sum + estimated_seconds, 0);
        const path = criticalPath(tasks).seconds;
        const found = paperMakespan(tasks, workers);
        expect(found).toBeGreaterThanOrEqual(Math.max(path, work / workers) - 1e-6);
        // R. L. Graham, Bounds on multiprocessing timing anomalies (1969)
        expect(found).toBeLessThanOrEqual(work / workers + path * (1 - 1 / workers) + 1e-6);
      }),
    );
  });
});

describe('random plans', () => {
  test('are the same for the same seed, in size, and without cycles', () => {
    expect(randomDag(7, [20, 60], ['x'])).toEqual(randomDag(7, [20, 60], ['x']));
    for (let seed = 1; seed <= 50; seed += 1) {
      const tasks = randomDag(seed, [20, 60], ['x']);
      expect(tasks.length).toBeGreaterThanOrEqual(20);
      expect(tasks.length).toBeLessThanOrEqual(60);
      expect(findCycle(tasks)).toBeNull();
      for (const { estimated_seconds } of tasks) {
        expect(estimated_seconds).toBeGreaterThanOrEqual(0.5);
        expect(estimated_seconds).toBeLessThanOrEqual(5);
      }
    }
  });
});

describe('statistics', () => {
  test('take the nearest rank and the middle', () => {
    const values = [5, 1, 4, 2, 3];
    expect([percentile(values, 50), percentile(values, 99), percentile(values, 1)]).toEqual([3, 5, 1]);
    expect([median(values), median([4, 1, 3, 2])]).toEqual([3, 2.5]);
    expect(() => percentile([], 50)).toThrow('nothing was measured');
  });
});
