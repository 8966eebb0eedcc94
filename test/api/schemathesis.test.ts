import { expect, test } from 'vitest';
import { schemathesize } from './schemathesis.ts';

/** Data that is valid by the schema may still break a rule of the domain, a cycle for instance. */
const checks = ['--exclude-checks', 'positive_data_acceptance'];

test('schemathesis finds no 500, no status that is not described, and no answer that is not as described', {
  timeout: 1_320_000,
}, async (context) => {
  const told = await schemathesize({ examples: 3, checks, timeoutSeconds: 600 });
  if ('skipped' in told) return context.skip(told.skipped);
  expect(told.code, `${told.stdout.slice(-20_000)}${told.stderr.slice(-2000)}`).toBe(0);
});
