import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { argumentIssues } from '../../api/jobs/edited-arguments.ts';

const schema = (to: object) => ({ type: 'object', properties: { to }, required: ['to'] });

test('arguments that do not fit are told by field, those that fit are not', async () => {
  const mail = schema({ type: 'string', pattern: '^\\w+@x$' });
  expect(await argumentIssues({ schema: mail, given: { to: 'me@x' } })).toEqual([]);
  const paths = (await argumentIssues({ schema: mail, given: { to: 'me' } })).map(({ path }) => path);
  expect(paths).toEqual(['arguments.to']);
  expect(await argumentIssues({ schema: mail, given: {} })).toEqual([
    { path: 'arguments.to', issue: 'is required' },
  ]);
});

const HOSTILE = '^([a-zA-Z0-9_.-]+)*@x$';
test.each([
  ['a pattern', schema({ type: 'string', pattern: HOSTILE }), { to: 'a'.repeat(50) }],
  [
    'a pattern of names',
    schema({ type: 'object', patternProperties: { [HOSTILE]: { type: 'string' } } }),
    { to: { ['a'.repeat(50)]: 1 } },
  ],
])('%s that never ends holds nothing else up, and is given up', async (_, hostile, given) => {
  const order: string[] = [];
  const judged = argumentIssues({ schema: hostile, given }).then((issues) => {
    order.push('judged');
    return issues;
  });
  await setImmediate();
  order.push('the rest');
  expect(await judged).toEqual([]);
  expect(order).toEqual(['the rest', 'judged']);
});
