import { expect, test } from 'vitest';
import { PlanChange } from '../../contracts/plan.ts';
import { Submission } from '../../contracts/submission.ts';
import { issuesText, withTaskIds } from '../../core/plan/validate.ts';
import { issuesBySchema } from '../../core/text/known-fields.ts';

const issuesOf = (schema: typeof Submission | typeof PlanChange, body: unknown) =>
  issuesBySchema(schema.safeParse(body).error!, schema);

test('an unknown field is told with those that may have been meant', () => {
  const body = {
    titel: 'A title',
    description: 'Something',
    title: 'A title',
    llm_config: { modle: 'x' },
    acceptance_criteria: [{ text: 'It works', comand: 'true' }],
    plan: {
      tasks: [{ task_id: 'a', title: 'A', depend_on: [], wholly_unlike_all: 1, ['x'.repeat(10_000)]: 1 }],
    },
  };
  expect(issuesOf(Submission, body).map(({ path, issue }) => [path.slice(0, 40), issue])).toEqual([
    ['acceptance_criteria.0.comand', 'unknown field; did you mean `command`?'],
    ['llm_config.modle', 'unknown field; did you mean `model`?'],
    ['plan.tasks.0.depend_on', 'unknown field; did you mean `depends_on`?'],
    ['plan.tasks.0.wholly_unlike_all', 'unknown field'],
    [`plan.tasks.0.${'x'.repeat(27)}`, 'unknown field'],
    ['titel', 'unknown field; did you mean `title`?'],
  ]);
  expect(issuesOf(PlanChange, { change: [{ task_id: 'a', titel: 'B' }] })).toEqual([
    { path: 'change.0.titel', issue: 'unknown field; did you mean `title`?' },
  ]);
});

test('an issue within a task of a list names it', () => {
  const body = {
    plan: { tasks: [{ task_id: 'a' }, { task_id: 'b', env: { X: 1 } }, { task_id: 7 }] },
    title: '',
  };
  const issues = [
    'plan.tasks.1.env.X',
    'plan.tasks.0',
    'plan.tasks.2.title',
    'plan.tasks.9.title',
    'title',
    'plan.tasks',
    '',
  ];
  const named = withTaskIds(
    issues.map((path) => ({ path, issue: 'is wrong' })),
    body,
  );
  expect(named.map(({ task_id }) => task_id)).toEqual(['b', 'a', ...Array(5).fill(undefined)]);
  expect(issuesText(named.slice(1, 3))).toBe('plan.tasks.0 (a): is wrong; plan.tasks.2.title: is wrong');
});
