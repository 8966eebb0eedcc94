import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SPEC_REFERENCE_FILE, specReference } from '../../cli/spec/reference.ts';
import { editorSchema, type JsonSchema, SPEC_SCHEMA_FILE } from '../../cli/spec/schema.ts';
import { Submission } from '../../contracts/submission.ts';
import { blocksOf, readPage } from '../docs/page.ts';

const published: JsonSchema = JSON.parse(readFileSync(SPEC_SCHEMA_FILE, 'utf8'));
const validate = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(published);
const page = readFileSync(SPEC_REFERENCE_FILE, 'utf8');

test('the published schema of a submission is the current one (else: npm run generate)', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(editorSchema())));
});

test('the reference is the current one (else: npm run generate)', () => {
  expect(page).toBe(specReference());
});

test('every field has a meaning, and every link of the page a heading', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor!);
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) expect(anchors).toContain(link);
});

describe('the schema', () => {
  const jobs = readdirSync('examples').filter((name) => name.endsWith('.yaml') && name !== 'project.yaml');
  test.each(jobs)('takes examples/%s', (name) => {
    validate(parse(readPage(`examples/${name}`)));
    expect(validate.errors ?? []).toEqual([]);
  });

  const examples = blocksOf(page).filter(
    ({ language, text }) => language === 'yaml' && !text.startsWith('#'),
  );
  test.each(examples)('takes the example in line $line of the reference, as the service does', ({ text }) => {
    const body = { title: 'A title', description: 'Something', ...parse(text, { merge: true }) };
    validate(body);
    expect(validate.errors ?? []).toEqual([]);
    expect(Submission.safeParse(body).error).toBeUndefined();
  });

  const base = { title: 'A title', description: 'Something' };
  const task = { task_id: 'a', title: 'A' };
  test.each<[string, object]>([
    ['an unknown field', { ...base, titel: 'x' }],
    ['a missing title', { description: 'Something' }],
    ['too many workers', { ...base, max_workers: 1001 }],
    ['an unknown word', { ...base, priority: 'urgent' }],
    ['a plan without tasks', { ...base, plan: { tasks: [] } }],
    ['a task without an id', { ...base, plan: { tasks: [{ title: 'A' }] } }],
    ['an id in capitals', { ...base, plan: { tasks: [{ ...task, task_id: 'A' }] } }],
    ['a misspelt field of a task', { ...base, plan: { tasks: [{ ...task, depend_on: [] }] } }],
    ['a dependency that is no list', { ...base, plan: { tasks: [{ ...task, depends_on: 'b' }] } }],
    ['no variable name', { ...base, plan: { tasks: [{ ...task, env: { 'A-B': 'c' } }] } }],
  ])('refuses %s, as the service does', (_, body) => {
    expect(validate(body)).toBe(false);
    expect(Submission.safeParse(body).success).toBe(false);
  });
});
