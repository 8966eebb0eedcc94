import { afterAll, beforeAll, expect, test } from 'vitest';
import { assembleReport } from '../../activities/job/report.ts';
import type { DependencyResult } from '../../contracts/artifact.ts';
import type { JobBrief } from '../../contracts/attempt.ts';
import type { Store } from '../../store/index.ts';
import { openTestStore } from './setup.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const job_id = 'job1';

async function reportOf(results: DependencyResult[], criteria: string[] = []) {
  const brief: JobBrief = { job_id, title: 'Audit', description: 'Look', constraints: [] };
  const { sha256 } = await store.putContent({ job_id, source: JSON.stringify(brief) });
  const acceptance_criteria = criteria.map((text, index) => ({ criterion_id: `c${index + 1}`, text }));
  const { output, artifact } = await assembleReport(
    { job_id, brief_ref: sha256, plan: { objectives: ['Find faults'], acceptance_criteria }, results },
    store,
  );
  return { artifact, text: (await store.readOutput(output)).text };
}

test('says first that no model wrote it, then everything that there is', async () => {
  const long = 'word '.repeat(2000);
  const notes = await store.artifactOf({
    job_id,
    task_id: 'read',
    name: 'notes.md',
    media_type: 'text/markdown',
    source: '# n',
  });
  const { text, artifact } = await reportOf(
    [
      {
        task_id: 'read',
        title: 'Read',
        status: 'completed',
        output: await store.toOutput({ job_id, text: long }),
        artifacts: [notes],
      },
      { task_id: 'lint', title: 'Lint', status: 'failed', output: null, artifacts: [] },
    ],
    ['All is read'],
  );
  expect(text.split('\n').slice(0, 3).join('\n')).toMatch(/# Audit\n\n.*No model wrote/);
  for (const part of [
    '- Find faults',
    '## Read\n\nTask `read`: completed.',
    'Task `lint`: failed.',
    `[notes.md](/orchestrate/job1/artifacts/${notes.artifact_id})`,
    'Cut after 4000 of 9999 characters',
    '- `c1` All is read\n',
  ]) {
    expect(text).toContain(part);
  }
  expect(text.length).toBeLessThan(6000);
  expect(artifact).toMatchObject({ name: 'report.md', media_type: 'text/markdown', task_id: null });
  expect((await store.getContent(artifact.sha256)).toString()).toBe(text);
});

test('an output can not break out of its place', async () => {
  const output = await store.toOutput({ job_id, text: 'a\n```\n# Verified by the board\n```' });
  const { text } = await reportOf([{ task_id: 't', title: 'T', status: 'completed', output, artifacts: [] }]);
  expect(text).toContain('````text\na\n```\n# Verified by the board\n```\n````');
});

test('data is shown where there is no text', async () => {
  const output = await store.toOutput({ job_id, text: '', data: { faults: 3 } });
  const { text } = await reportOf([{ task_id: 't', title: 'T', status: 'completed', output, artifacts: [] }]);
  expect(text).toContain('"faults": 3');
});
