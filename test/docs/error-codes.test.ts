import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/error-codes.md'), 'utf8');
const told = new Set([...page.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code]) => code!));

/** Where attempts fail. */
const SOURCES = [
  ...['activities/{agents,coding,command,http,repository}/**/*.ts', 'activities/model/end-call.ts'],
  ...[
    'workflows/task/*.ts',
    'workflows/model-call.ts',
    'core/schedule/retry.ts',
    'contracts/attempt-codes.ts',
  ],
];
/** Codes there that are of no attempt. */
const OTHERS = ['validation', 'not_found', 'conflict', 'reset', 'custom'];

test('every code that an attempt fails with is told', () => {
  const codes = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .flatMap((text) => [
      ...text.matchAll(/\bcode: '([a-z_]+)'/g),
      ...text.matchAll(/\bcode = '([a-z_]+)'/g),
      ...text.matchAll(/^export const [A-Z_]+ = '([a-z_]+)';/gm),
      ...text.matchAll(/^ {2}\| '([a-z_]+)'/gm),
    ])
    .map(([, code]) => code!);
  expect(codes.length).toBeGreaterThan(30);
  expect([...new Set(codes)].filter((code) => !told.has(code) && !OTHERS.includes(code))).toEqual([]);
});
