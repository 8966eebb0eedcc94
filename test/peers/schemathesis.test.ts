import { expect, test } from 'vitest';
import { schemathesize } from '../api/schemathesis.ts';

test('schemathesis with twenty examples of each operation, and all boundaries, finds no 500, nothing that is not described', {
  timeout: 3_700_000,
}, async (context) => {
  const told = await schemathesize({ examples: 20, boundaries: true, timeoutSeconds: 3600 });
  if ('skipped' in told) return context.skip(told.skipped);
  expect(told.code, `${told.stdout.slice(-20_000)}${told.stderr.slice(-2000)}`).toBe(0);
});
