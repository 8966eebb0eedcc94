import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONFIG_SCHEMA_FILE, configJsonSchema } from '../../config/schema.ts';

test('the published schema of orchestrator.yaml is the current one (else: npm run generate)', () => {
  const published = JSON.parse(readFileSync(CONFIG_SCHEMA_FILE, 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test('what has a default may be left out', () => {
  const schema = JSON.stringify(configJsonSchema());
  expect(schema).toContain('max_tasks');
  expect(schema).not.toMatch(/"required":\[[^\]]*"limits"/);
});
