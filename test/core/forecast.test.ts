import { describe, expect, test } from 'vitest';
import { Task } from '../../contracts/plan.ts';
import {
  assistantCostBounds,
  callCostBounds,
  forecastBasis,
  forecastPlan,
} from '../../core/plan/forecast.ts';

const task = (task_id: string, fields: Record<string, unknown> = {}) =>
  Task.parse({ task_id, title: task_id, ...fields });

describe('forecast', () => {
  test('the seconds are those of the longest path', () => {
    const tasks = [
      task('a', { estimated_seconds: 10 }),
      task('b', { estimated_seconds: 5, depends_on: ['a'] }),
      task('c', { estimated_seconds: 12 }),
    ];
    expect(forecastPlan(tasks, new Map())).toEqual({
      cost_usd_low: 0,
      cost_usd_high: 0,
      seconds_critical_path: 15,
    });
  });

  test('costs of tasks and of the job itself are added up, a budget of a task caps its own', () => {
    const tasks = [task('a'), task('b', { budget_usd: 0.5 }), task('free')];
    const costs = new Map([
      ['a', { low_usd: 0.1, high_usd: 0.2 }],
      ['b', { low_usd: 0.2, high_usd: 3 }],
    ]);
    const forecast = forecastPlan(tasks, costs, [{ low_usd: 0.01, high_usd: 0.02 }]);
    expect(forecast).toMatchObject({ cost_usd_low: 0.31, cost_usd_high: 0.72 });
  });

  test('says which models and prices it is made of, and what was assumed', () => {
    const about = { provider: 'anthropic', max_output_tokens: 1000 };
    const basis = forecastBasis(
      [
        { ...about, model: 'm1', price_source: 'config', tasks: 2 },
        { ...about, model: 'm2', price_source: null, tasks: 1 },
      ],
      4000,
    );
    expect(basis).toContain('m1 (anthropic) for 2 tasks, price: config, up to 1000 tokens an answer');
    expect(basis).toContain('m2 (anthropic) for 1 task, price not known, left out of the cost');
    expect(basis).toContain('Assumed: one call an attempt with 4000 tokens read');
    expect(forecastPlan([task('a')], new Map(), [], basis).basis).toBe(basis);
    expect(forecastBasis([], 4000)).toContain('No task calls a model');
  });

  test('a call costs from one short answer to all attempts with the longest one', () => {
    const price = { input_usd: 3, output_usd: 15, cache_read_usd: 0, cache_write_usd: 0, source: 'test' };
    const bounds = callCostBounds({ price, input_tokens: 10_000, max_output_tokens: 1000, max_attempts: 3 });
    expect(bounds.low_usd).toBeCloseTo(0.0315, 10);
    expect(bounds.high_usd).toBeCloseTo(0.135, 10);
  });

  test('says of coding assistants what was assumed of them, and nothing of agents that are not there', () => {
    const about = { provider: 'anthropic', price_source: 'config', max_output_tokens: 1000, tasks: 1 };
    const assistant = { ...about, model: 'm1', assistant: 'claude' };
    const alone = forecastBasis([assistant], 4000);
    expect(alone).toContain('m1 (anthropic) of the coding assistant claude for 1 task, price: config.');
    expect(alone).toContain('low: one attempt of 5 answers, high: all attempts of 40 answers');
    expect(alone).not.toContain('one call an attempt');
    const both = forecastBasis([assistant, { ...about, model: 'm2' }], 4000);
    expect(both).toMatch(/one call an attempt .*; of a coding assistant, low:/);
    expect(forecastBasis([{ ...assistant, price_source: null }], 4000)).toContain(
      'price not known, left out',
    );
  });

  test('an assistant costs from few answers that read the cache to all attempts of many', () => {
    const price = {
      input_usd: 3,
      output_usd: 15,
      cache_read_usd: 0.3,
      cache_write_usd: 3.75,
      source: 'test',
    };
    const of = { price, input_tokens: 29_000, max_turns: 100, max_attempts: 1 };
    const bounds = assistantCostBounds(of);
    // 35,000 written, 116,000 + 9,000 read, 2,500 said
    expect(bounds.low_usd).toBeCloseTo((35_000 * 3.75 + 125_000 * 0.3 + 2500 * 15) / 1e6, 8);
    expect(bounds.high_usd).toBeGreaterThan(bounds.low_usd * 5);
    expect(assistantCostBounds({ ...of, max_attempts: 3 })).toEqual({
      low_usd: bounds.low_usd,
      high_usd: bounds.high_usd * 3,
    });
    const short = assistantCostBounds({ ...of, max_turns: 2 });
    expect(short.low_usd).toBeLessThan(bounds.low_usd);
    // no price of its own for what goes into the cache: it is read like any other
    expect(assistantCostBounds({ ...of, price: { ...price, cache_write_usd: 0 } }).low_usd).toBeCloseTo(
      (35_000 * 3 + 125_000 * 0.3 + 2500 * 15) / 1e6,
      8,
    );
    const free = { ...price, input_usd: 0, output_usd: 0, cache_read_usd: 0, cache_write_usd: 0 };
    expect(assistantCostBounds({ ...of, price: free })).toEqual({ low_usd: 0, high_usd: 0 });
  });
});
