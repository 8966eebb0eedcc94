import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { finishArtifacts } from '../../activities/tools/artifacts.ts';
import type { DependencyResult } from '../../contracts/artifact.ts';
import { bench } from './setup.ts';

test('texts and files are kept under a name, with their media type', async () => {
  const { call, store, folders } = await bench();
  await writeFile(join(folders.work, 'plot.png'), Buffer.from([1, 0, 2]));
  const text = await call('save_artifact', { name: 'notes.md', content: '# Notes' });
  const file = await call('save_artifact', { name: 'figure', path: 'plot.png' });
  expect(text.artifacts).toMatchObject([{ name: 'notes.md', task_id: 't1', size_bytes: 7 }]);
  expect(text.artifacts[0]!.media_type).toMatch(/^text\/markdown/);
  expect(file.artifacts).toMatchObject([{ name: 'figure', media_type: 'image/png', size_bytes: 3 }]);
  expect((await store.getContent(text.artifacts[0]!.sha256)).toString()).toBe('# Notes');
  for (const input of [
    { name: 'a' },
    { name: 'a', content: 'x', path: 'plot.png' },
    { name: 'a\n', content: '' },
    { name: 'a', content: '', media_type: '\u001b]0;title\u0007text/plain' },
    { name: 'a', content: '', media_type: 'text/plain; \u001b[31m' },
  ]) {
    expect((await call('save_artifact', input)).is_error).toBe(true);
  }
});

test('what is larger than an artifact may be is refused', async () => {
  const { call, folders } = await bench({ limits: { artifact_bytes: 10 } });
  await writeFile(join(folders.work, 'big'), 'x'.repeat(11));
  expect(await call('save_artifact', { name: 'a', path: 'big' })).toMatchObject({ is_error: true });
  expect(await call('save_artifact', { name: 'a', content: 'é'.repeat(6) })).toMatchObject({
    is_error: true,
  });
});

test('an artifact is read by name or id, the newest of a name, and in parts that fit together', async () => {
  const { call } = await bench();
  const content = 'aé€😀'.repeat(50);
  const old = (await call('save_artifact', { name: 'a.txt', content: 'old' })).artifacts[0]!;
  const now = (await call('save_artifact', { name: 'a.txt', content })).artifacts[0]!;
  const artifacts = [old, now];
  expect((await call('read_artifact', { name: 'a.txt' }, { artifacts })).text).toBe(content);
  expect((await call('read_artifact', { name: old.artifact_id }, { artifacts })).text).toBe('old');
  let read = '';
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const { text } = await call('read_artifact', { name: 'a.txt', offset, limit: 7 }, { artifacts });
    const more: RegExpExecArray | null = /\n\n\[\d+ of \d+ bytes read; go on with offset (\d+)\]$/.exec(text);
    read += more ? text.slice(0, more.index) : text;
    offset = more ? Number(more[1]) : undefined;
  }
  expect(read).toBe(content);
  expect(await call('read_artifact', { name: 'a.txt', offset: 9999 }, { artifacts })).toMatchObject({
    is_error: true,
  });
});

test('an artifact that the task was not told of can not be read', async () => {
  const { call, store } = await bench();
  const source = 'of another job';
  const other = await store.artifactOf({
    job_id: 'job2',
    task_id: 't9',
    name: 'secret.txt',
    media_type: 'text/plain',
    source,
  });
  for (const name of ['secret.txt', other.artifact_id, other.sha256, '../secret.txt']) {
    const answer = await call('read_artifact', { name });
    expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/that you may read/) });
  }
});

test('bytes are told, not read', async () => {
  const { call, folders } = await bench();
  await writeFile(join(folders.work, 'a.bin'), Buffer.from([1, 0, 2]));
  const { artifacts } = await call('save_artifact', { name: 'a.bin', path: 'a.bin' });
  const answer = await call('read_artifact', { name: 'a.bin' }, { artifacts });
  expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/not text \(3 bytes\)/) });
});

test('the whole result of a dependency is read, of no other task', async () => {
  const { call, store, context } = await bench();
  const text = 'long '.repeat(1000);
  const made = (await call('save_artifact', { name: 'spec.md', content: '# Spec' })).artifacts[0]!;
  const dependency: DependencyResult = {
    task_id: 'design',
    title: 'Design it',
    status: 'completed',
    output: await store.toOutput({ job_id: context.job_id, text, data: { pages: 3 } }),
    artifacts: [made],
  };
  const given = { dependencies: [dependency] };
  const answer = await call('read_task_result', { task_id: 'design' }, given);
  for (const part of [text, '"pages": 3', 'spec.md']) expect(answer.text).toContain(part);
  expect((await call('read_artifact', { name: 'spec.md' }, given)).text).toBe('# Spec');
  expect(await call('read_task_result', { task_id: 'other' }, given)).toMatchObject({
    is_error: true,
    text: expect.stringMatching(/given those of: design/),
  });
});

test('artifacts named at the end are those saved before, or files that become some', async () => {
  const { call, store, context, folders } = await bench();
  const saved = (await call('save_artifact', { name: 'notes.md', content: 'n' })).artifacts;
  await writeFile(join(folders.work, 'out.csv'), 'a,b');
  const found = await finishArtifacts(
    { store, limits: { artifact_bytes: 1000 } },
    ['notes.md', 'out.csv', 'out.csv', '../../etc/passwd', 'missing.txt'],
    { ...context, artifacts: saved },
  );
  expect(found.artifacts.map(({ name }) => name)).toEqual(['notes.md', 'out.csv']);
  expect(found.artifacts[0]).toEqual(saved[0]);
  expect(found.problems).toEqual([
    expect.stringMatching(/passwd.*outside/),
    expect.stringMatching(/missing\.txt.*no file/),
  ]);
});
