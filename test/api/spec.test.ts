import { expect, test } from 'vitest';
import { Submission } from '../../contracts/submission.ts';
import { toJobSpec } from '../../core/submission/spec.ts';

const settle = (rest: object) => toJobSpec(Submission.parse({ title: 't', description: 'd', ...rest }));

test.each([
  [{}, { budget_usd: 10, approval: 'required', provider: null, model: null, plan: null }],
  [{ budget_usd: null }, { budget_usd: null }],
  [{ max_budget_usd: null }, { budget_usd: null }],
  [{ max_budget_usd: 3 }, { budget_usd: 3 }],
  [{ budget_usd: 0, max_budget_usd: 0 }, { budget_usd: 0 }],
  [{ auto_approve: true }, { approval: 'auto' }],
  [{ auto_approve: false }, { approval: 'required' }],
  [{ auto_approve: false, approval: 'every_version' }, { approval: 'every_version' }],
  [{ llm_config: { provider: 'openai', model: 'm' } }, { provider: 'openai', model: 'm' }],
  [
    { provider: 'openai', llm_config: { provider: 'openai' } },
    { provider: 'openai', model: null },
  ],
])('%j settles as %j', (given, expected) => {
  const { spec, issues } = settle(given);
  expect(issues).toEqual([]);
  expect(spec).toMatchObject(expected);
});

test.each([
  [{ budget_usd: 1, max_budget_usd: 2 }, 'max_budget_usd'],
  [{ budget_usd: null, max_budget_usd: 0 }, 'max_budget_usd'],
  [{ auto_approve: true, approval: 'every_version' }, 'auto_approve'],
  [{ auto_approve: false, approval: 'auto' }, 'auto_approve'],
  [{ model: 'a', llm_config: { model: 'b' } }, 'llm_config.model'],
])('%j contradicts itself at %s', (given, path) => {
  expect(settle(given).issues.map((issue) => issue.path)).toEqual([path]);
});
