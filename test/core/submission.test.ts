import { expect, test } from 'vitest';
import { withCriterionIds } from '../../core/plan/version.ts';
import { checkSubmission } from '../../core/submission/submission.ts';
import { roster } from './samples.ts';

const twice = [
  { criterion_id: 'works', text: 'It works' },
  { criterion_id: 'works', text: 'It works on Sundays' },
];
const task = { task_id: 'a', title: 'A', agent: 'human' };
const fieldsOf = (body: object) => {
  const checked = checkSubmission({ title: 'T', description: 'D', ...body }, roster);
  return checked.ok ? [] : checked.problem.fields!.map(({ path, issue }) => `${path}: ${issue}`);
};

test.each([
  ['without a plan', { acceptance_criteria: twice }, ''],
  ['beside a plan that goes by them', { acceptance_criteria: twice, plan: { tasks: [task] } }, ''],
  [
    'beside a plan with criteria of its own',
    { acceptance_criteria: twice, plan: { tasks: [task], acceptance_criteria: ['It sings'] } },
    '',
  ],
  ['of a plan', { plan: { tasks: [task], acceptance_criteria: twice } }, 'plan.'],
])('criteria %s with the same id twice are refused, once', (_what, body, prefix) => {
  expect(fieldsOf(body)).toEqual([`${prefix}acceptance_criteria.1.criterion_id: duplicate id 'works'`]);
});

test('criteria without an id get one that nobody else has', () => {
  const given = [{ criterion_id: 'c2', text: 'first' }, 'second', { text: 'third' }, 'fourth'];
  expect(withCriterionIds(given).map(({ criterion_id }) => criterion_id)).toEqual(['c2', 'c3', 'c4', 'c5']);
  expect(fieldsOf({ acceptance_criteria: given })).toEqual([]);
  expect(withCriterionIds(['a', 'b']).map(({ criterion_id }) => criterion_id)).toEqual(['c1', 'c2']);
});
